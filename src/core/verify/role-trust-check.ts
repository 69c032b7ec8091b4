// Whether the trust policy of a role, as a whole, takes a token of each service account that it names: a Deny,
// one more condition, or a condition on another issuer's claims keeps it out, and STS does not say why.

import { isJsonObject, type JsonObject } from '../json.ts';
import { statementsOf } from '../policy.ts';
import { issuerHostOf } from '../roles/iam-names.ts';
import { letsIn } from '../roles/trust-policy.ts';
import { assumePlan } from './assume-plan.ts';
import { failed, passed, type Check } from './check.ts';
import type { Commands } from './hosting-facts.ts';
import { judgeTrust, type TrustJudgement } from './sts/judge-trust.ts';
import { keyValuesOf } from './sts/token-keys.ts';

/** The provider whose tokens are judged. */
export type TrustedProvider = {
  readonly arn: string;
  /** Its audiences; empty where they could not be read. */
  readonly clientIds: readonly string[];
};

const anybody = {
  subject: 'system:serviceaccount:default:default',
  audience: 'sts.amazonaws.com',
};

/** Statements that let a token of the provider in, by one claim of it or another. */
export function openStatements(policy: JsonObject, providerArn: string): readonly JsonObject[] {
  return statementsOf(policy).filter(
    (one) => letsIn(providerArn, one) && !asksOtherIssuer(one, issuerHostOf(providerArn)),
  );
}

/** Whether a condition asks for a claim of another issuer: no token of this one has it. */
function asksOtherIssuer(statement: JsonObject, issuerHost: string): boolean {
  const condition = statement['Condition'];
  return Object.entries(isJsonObject(condition) ? condition : {}).some(
    ([operator, keys]) =>
      !/Not|Null|IfExists|ForAllValues/.test(operator) &&
      Object.keys(isJsonObject(keys) ? keys : {}).some(
        (key) =>
          /:(?:sub|aud)$/i.test(key) &&
          key.toLowerCase().replace(/:\w+$/, '') !== issuerHost.toLowerCase(),
      ),
  );
}

/** The check of a role that names the provider. */
export function trustCheck(
  role: { readonly name: string; readonly trustPolicy: JsonObject },
  facts: { readonly provider: TrustedProvider; readonly now: Date; readonly commands: Commands },
): Check {
  const { name, trustPolicy } = role;
  const { provider, now, commands } = facts;
  const open = { ...trustPolicy, Statement: openStatements(trustPolicy, provider.arn) };
  const own = (assumePlan(open, provider) ?? assumePlan(trustPolicy, provider))?.own ?? [anybody];
  const whose = (subject: string): string =>
    open.Statement.length === 0 ? 'this cluster' : `"${subject}"`;
  const judge = (policy: JsonObject, asked: (typeof own)[number]): TrustJudgement | undefined => {
    const audiences = new Set([asked.audience, ...provider.clientIds]);
    const answers = [...audiences].map((audience) =>
      judgeTrust(policy, identityOf({ subject: asked.subject, audience }, provider.arn, now)),
    );
    return answers.every(({ allowed }) => allowed === false) ? answers[0] : undefined;
  };
  for (const asked of own) {
    const refusal = judge(trustPolicy, asked);
    if (refusal === undefined) continue;
    const isDenied = judge(withoutDenies(trustPolicy), asked) === undefined;
    return failed('roles-trust', name, {
      detail: `role "${name}" refuses every token of ${whose(asked.subject)}: ${refusal.detail}`,
      hint: isDenied
        ? 'remove that statement from the trust policy of the role, or narrow it to those whom it is for'
        : `run \`${commands.roles}\``,
    });
  }
  return passed('roles-trust', name, 'takes tokens of its service accounts');
}

function identityOf(
  { subject, audience }: { readonly subject: string; readonly audience: string },
  providerArn: string,
  now: Date,
): Parameters<typeof judgeTrust>[1] {
  const claims = { sub: subject, aud: audience };
  const issuerHost = issuerHostOf(providerArn);
  return { providerArn, valuesOf: keyValuesOf({ claims, issuerHost, providerArn, now }) };
}

function withoutDenies(policy: JsonObject): JsonObject {
  return {
    ...policy,
    Statement: statementsOf(policy).filter(({ Effect }) => Effect !== 'Deny'),
  };
}
