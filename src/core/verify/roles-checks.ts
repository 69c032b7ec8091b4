// The roles of a name: whom each trusts, and what each may do.

import { isJsonObject, type JsonObject } from '../json.ts';
import { listOf, policySize, statementsOf } from '../policy.ts';
import { issuerHostOf } from '../roles/iam-names.ts';
import { trustLimits } from '../roles/role-conflicts.ts';
import { trustOpenings } from '../roles/trust-openings.ts';
import {
  conditionValues,
  otherIssuers,
  otherProviders,
  trustsProvider,
} from '../roles/trust-policy.ts';
import { failed, passed, skipped, warned, type Check } from './check.ts';
import type { Commands } from './hosting-facts.ts';
import { managedPolicyChecks } from './managed-policy-checks.ts';
import { openStatements, trustCheck, type TrustedProvider } from './role-trust-check.ts';
import type { Seen } from '../seen.ts';
import { shellWord } from '../shell-word.ts';

/** A role as it was seen. */
export type RoleFacts = {
  readonly name: string;
  readonly trustPolicy: JsonObject;
  /** ARN of its boundary, and whether that policy exists; undefined where it has none. */
  readonly boundary: Seen<{ readonly arn: string; readonly exists: Seen<boolean> } | undefined>;
  /** The inline policy that carries the role's name. */
  readonly permissions: Seen<JsonObject | undefined>;
  /** ARNs of its managed policies; undefined where they were not looked at. */
  readonly attached: Seen<readonly string[]> | undefined;
  /** The tag that records which of them this program attached. */
  readonly policyRecord: string | undefined;
};

/** What was seen of the roles. */
export type RolesFacts = {
  readonly name: string;
  readonly provider: TrustedProvider;
  readonly roles: Seen<readonly RoleFacts[]>;
  /** ARNs of roles that manifests of the output folder name, and that do not exist. */
  readonly missing: readonly string[];
  readonly now: Date;
};

/** Checks of the roles. */
export function rolesChecks(facts: RolesFacts, commands: Commands): readonly Check[] {
  const { name, provider, roles } = facts;
  const providerArn = provider.arn;
  if (!roles.seen) return [skipped('roles-present', name, roles.why)];
  const trusting = roles.value.filter((role) => trustsProvider(role.trustPolicy, providerArn));
  const present =
    roles.value.length === 0
      ? passed('roles-present', name, 'no role trusts the provider yet')
      : passed(
          'roles-present',
          name,
          `${trusting.length === 1 ? '1 role trusts' : `${trusting.length} roles trust`} the provider`,
        );
  const missing = facts.missing.map((arn) =>
    warned('roles-present', arn, {
      detail: `role "${arn}", which a file in serviceaccounts/ names, does not exist: STS refuses every token for it`,
      hint: `run \`${commands.roles}\`; if its request is gone, delete the file`,
    }),
  );
  return [
    present,
    ...missing,
    ...roles.value.flatMap((role) => roleChecks(role, { facts, commands })),
  ];
}

function roleChecks(
  role: RoleFacts,
  { facts, commands }: { readonly facts: RolesFacts; readonly commands: Commands },
): readonly Check[] {
  const { arn } = facts.provider;
  const { name, trustPolicy } = role;
  const rest = [
    ...boundaryChecks(role, commands),
    ...permissionChecks(role, commands),
    ...managedPolicyChecks(role),
  ];
  if (!trustsProvider(trustPolicy, arn)) {
    const [other] = otherProviders(trustPolicy, arn);
    return [
      failed('roles-issuer', name, {
        detail: `role "${name}" ${otherTrust(trustPolicy, arn)}: STS refuses every token of this cluster for it`,
        hint: `run \`${commands.roles}${other === undefined ? '' : ` --stop-trusting-provider-arn ${shellWord(other)}`}\``,
      }),
      ...rest,
    ];
  }
  const trust = trustCheck(role, { ...facts, commands });
  const isOpen = openStatements(trustPolicy, arn).length > 0;
  const subject = isOpen ? [subjectCheck(role, { facts, commands })] : [];
  return [
    passed('roles-issuer', name, 'trusts this issuer'),
    ...subject,
    ...(isOpen ? [audienceCheck(role, { facts, commands })] : []),
    // A service account that no token can have is told by its own check.
    ...(subject.some(({ status }) => status === 'fail') ? [] : [trust]),
    othersCheck(role, facts),
    ...rest,
  ];
}

/** What the policy of a role that does not trust the provider trusts, after the name of the role. */
function otherTrust(trustPolicy: JsonObject, providerArn: string): string {
  const others = otherProviders(trustPolicy, providerArn);
  const twin = others.find((arn) => issuerHostOf(arn) === issuerHostOf(providerArn));
  if (twin !== undefined) {
    return `trusts this issuer by the provider "${twin}", not by "${providerArn}" of its own account`;
  }
  const issuers = otherIssuers(trustPolicy, providerArn).map((issuer) => `"${issuer}"`);
  return issuers.length === 0
    ? `has no statement that allows tokens of "${providerArn}"`
    : `trusts issuer ${issuers.join(', ')}, not this one`;
}

function ours({ trustPolicy }: RoleFacts, { provider }: RolesFacts): readonly JsonObject[] {
  return openStatements(trustPolicy, provider.arn);
}

function subjectCheck(
  role: RoleFacts,
  { facts, commands }: { readonly facts: RolesFacts; readonly commands: Commands },
): Check {
  const id = 'roles-subject';
  const statements = ours(role, facts);
  const pinned = statements.flatMap((one) => conditionValues(one, 'sub'));
  const hint = `run \`${commands.roles}\``;
  const wild = statements.filter((one) => conditionValues(one, 'sub').length === 0);
  if (wild.length > 0) {
    const patterns = wild.flatMap((one) => otherValues(one, 'sub'));
    return warned(id, role.name, {
      detail:
        patterns.length === 0
          ? `role "${role.name}" pins no service account: every pod of the cluster can assume it`
          : `role "${role.name}" lets in every service account that matches ${patterns.map((one) => `"${one}"`).join(', ')}`,
      hint,
    });
  }
  const literal = pinned.find((subject) => /[*?]/.test(subject));
  if (literal !== undefined) {
    return failed(id, role.name, {
      detail: `role "${role.name}" compares the service account with "${literal}" by StringEquals, which takes no wildcard: no token matches it`,
      hint,
    });
  }
  const odd = pinned.find((subject) => !/^system:serviceaccount:[^:]+:[^:]+$/.test(subject));
  if (odd !== undefined) {
    return warned(id, role.name, {
      detail: `role "${role.name}" trusts the subject "${odd}", which is not a service account`,
      hint,
    });
  }
  return passed(id, role.name, pinned.join(', '));
}

/** Values of `<issuer>:<claim>` under another operator than StringEquals: StringLike, or the forms for lists. */
function otherValues(statement: JsonObject, claim: 'sub' | 'aud'): readonly string[] {
  const condition = statement['Condition'];
  return Object.entries(isJsonObject(condition) ? condition : {}).flatMap(([operator, keys]) =>
    /String(?:Like|Equals)/.test(operator) && operator !== 'StringEquals' && isJsonObject(keys)
      ? Object.entries(keys).flatMap(([key, value]) =>
          key.toLowerCase().endsWith(`:${claim}`) ? listOf(value) : [],
        )
      : [],
  );
}

function audienceCheck(
  role: RoleFacts,
  { facts, commands }: { readonly facts: RolesFacts; readonly commands: Commands },
): Check {
  const open = ours(role, facts).filter((one) => conditionValues(one, 'aud').length === 0);
  if (open.length > 0) {
    const values = open.flatMap((one) => otherValues(one, 'aud')).map((one) => `"${one}"`);
    return warned('roles-audience', role.name, {
      detail:
        values.length === 0
          ? `role "${role.name}" pins no audience: a token made for something else can assume it`
          : `role "${role.name}" compares the audience with ${values.join(', ')} by another operator than StringEquals`,
      hint: `run \`${commands.roles}\``,
    });
  }
  const pinned = ours(role, facts).flatMap((one) => conditionValues(one, 'aud'));
  return passed('roles-audience', role.name, [...new Set(pinned)].join(', '));
}

function othersCheck({ name, trustPolicy }: RoleFacts, { provider }: RolesFacts): Check {
  const openings = trustOpenings(trustPolicy, provider.arn);
  if (openings.length === 0)
    return passed('roles-others', name, 'no other statement opens the role');
  return warned('roles-others', name, {
    detail: `role "${name}": ${openings.join('; ')}`,
    hint: 'remove those statements from its trust policy if they are not needed',
  });
}

function boundaryChecks({ name, boundary }: RoleFacts, commands: Commands): readonly Check[] {
  const id = 'roles-boundary';
  if (!boundary.seen) return [skipped(id, name, boundary.why)];
  if (boundary.value === undefined) return [];
  const { arn, exists } = boundary.value;
  if (!exists.seen) return [skipped(id, arn, exists.why)];
  if (exists.value) return [passed(id, name, arn)];
  return [
    failed(id, name, {
      detail: `the permissions boundary "${arn}" of role "${name}" does not exist: the role may do nothing`,
      hint: `make that policy again, or give the role another one: \`${commands.roles} --permissions-boundary-arn <arn>\``,
    }),
  ];
}

function permissionChecks({ name, permissions }: RoleFacts, commands: Commands): readonly Check[] {
  const id = 'roles-permissions';
  if (!permissions.seen) return [skipped(id, name, permissions.why)];
  if (permissions.value === undefined) return [];
  const wide = statementsOf(permissions.value).flatMap((statement) =>
    statement['Effect'] !== 'Allow'
      ? []
      : [
          ...listOf(statement['Action']).filter((action) => /^(?:[\w*?-]+:)?\*+$/.test(action)),
          ...(statement['NotAction'] === undefined ? [] : ['every action but those of NotAction']),
        ],
  );
  if (wide.length === 0) return [passed(id, name, 'no action covers a whole service')];
  return [
    warned(id, name, {
      detail: `role "${name}" allows everything, or everything of a service: ${[...new Set(wide)].map((one) => `"${one}"`).join(', ')}`,
      hint: `name the actions that its pods need in the CredentialsRequest (or --policy-file), then run \`${commands.roles}\``,
    }),
  ];
}

const moreQuota = 'ask for more under Service Quotas (iam)';

/** Quotas of the account (`--deep`), by summary key. */
export type Quotas = { readonly [key: string]: number };

/** Checks of the quotas of the account. */
export function accountQuotaChecks(quotas: Seen<Quotas>, account: string): readonly Check[] {
  if (!quotas.seen) {
    return [
      skipped('provider-quota', account, quotas.why),
      skipped('roles-quota', account, quotas.why),
    ];
  }
  const { Roles = 0, RolesQuota, Providers = 0 } = quotas.value;
  const near = RolesQuota !== undefined && Roles >= RolesQuota * 0.9;
  return [
    passed('provider-quota', account, `${Providers} providers of all kinds`),
    near
      ? warned('roles-quota', account, {
          detail: `the account has ${Roles} of ${RolesQuota} roles`,
          hint: moreQuota,
        })
      : passed('roles-quota', account, `${Roles} of ${RolesQuota ?? 'unknown'} roles`),
  ];
}

/** Warnings for roles whose trust policy is near the quota of its size. */
export function trustSizeChecks(
  quotas: Seen<Quotas>,
  roles: readonly RoleFacts[],
): readonly Check[] {
  if (!quotas.seen) return [];
  const quota = quotas.value['AssumeRolePolicySizeQuota'] ?? trustLimits.usual;
  const long = roles.filter(
    ({ trustPolicy }) => policySize(JSON.stringify(trustPolicy)) > quota * 0.9,
  );
  return long.map(({ name }) =>
    warned('roles-quota', name, {
      detail: `the trust policy of role "${name}" is near the ${quota} characters that the account takes`,
      hint: moreQuota,
    }),
  );
}
