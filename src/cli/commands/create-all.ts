// create-all: key pair, identity provider and roles, in this order. Everything that can forbid any
// of the three is found before the first write, so that none is left half-made for a typo.

import { providerArn } from '../../core/issuer/discovery.ts';
import { BootstrapError } from '../../core/errors.ts';
import { issuerHostOf } from '../../core/roles/iam-names.ts';
import { chooseKeys, type KeysAtHand } from '../../core/keys/key-choice.ts';
import { partitionOfRegion } from '../../core/partition.ts';
import { placeholder } from '../../core/placeholder.ts';
import type { PublicKey } from '../../core/keys/public-key.ts';
import type { CreateAllResult, KeyPairResult } from '../../core/result.ts';
import { privateFiles } from '../../core/rotation/view.ts';
import { checkFolder, checkFolderHosting } from '../../local/folder-owner.ts';
import { ensureKeyPair } from '../../local/key-pair.ts';
import { writeManifests } from '../../local/manifest-file.ts';
import { prepareRoleManifests } from '../../local/role-manifests.ts';
import { readWantedRoles } from '../../local/wanted-roles.ts';
import type { Context } from '../../workflows/context.ts';
import { defaultAudiences } from '../../workflows/provider/ensure-oidc-provider.ts';
import type { ChooseKeys } from '../../workflows/issuer/identity-provider.ts';
import {
  applyIamRoles,
  planIamRoles,
  type IamRolesInput,
} from '../../workflows/roles/iam-roles.ts';
import { findSecondIssuer } from '../../workflows/roles/find-second-issuer.ts';
import { observeRoles } from '../../workflows/roles/observe-roles.ts';
import { inTurn } from '../../workflows/parallel.ts';
import { finishReading, readAwsOptions, startReading, type Flags } from '../flags/flags.ts';
import { readArn } from '../flags/iam-flags.ts';
import { readRoleOptions, type RoleOptions } from '../flags/role-flags.ts';
import { readKeysAtHand } from '../flags/keys-at-hand.ts';
import { readProviderOptions, type ProviderOptions } from '../flags/provider-flags.ts';
import { describeProvider, nextSteps } from '../output/describe-provider.ts';
import type { Page } from '../output/page.ts';
import type { AwsOptions, Session } from '../session/session.ts';
import {
  approvePruning,
  describeRoles,
  noteSkipped,
  refuseEmptyPrune,
  serviceAccountStep,
} from './create-iam-roles.ts';
import {
  applyIdentityProvider,
  checkIdentityProvider,
  type ProviderCheck,
} from './create-identity-provider.ts';
import { readKeySize } from '../flags/key-size.ts';
import { describeKeyPair, recordKeyPair } from './create-key-pair.ts';

export type Options = AwsOptions &
  ProviderOptions &
  RoleOptions & {
    readonly keySize: number;
    /** The provider that the user expects this name to have. */
    readonly identityProviderArn: string | undefined;
  };

/** Reads the flags of all three; all issues at once. */
export function parse(flags: Flags): Options {
  const reading = startReading(flags);
  const aws = readAwsOptions(reading);
  const options = {
    ...aws,
    ...readProviderOptions(reading),
    ...readRoleOptions(reading, partitionOfRegion(aws.region)?.id),
    keySize: readKeySize(reading) ?? 4096,
    identityProviderArn: readArn(reading, { flag: 'identityProviderArn', kind: 'oidc-provider' }),
  };
  finishReading(reading);
  return options;
}

/** Makes or completes everything. */
export async function run(options: Options, session: Session): Promise<CreateAllResult> {
  const { folder, host } = session;
  const { requests, skipped, skippedSecrets, warnings } = readWantedRoles(options.wanted, {
    cwd: host.cwd,
    partition: partitionOfRegion(options.region)?.id,
  });
  for (const warning of warnings) session.warn(warning);
  if (options.prune) refuseEmptyPrune(requests);
  if (options.dryRun) noteSkipped(session, skipped);
  checkFolder(folder, options);
  checkFolderHosting(folder, options);
  const atHand = readKeysAtHand({ files: options.publicKeyFiles, cwd: host.cwd }, folder);

  const context = await session.connect(options);
  const look = { name: options.name, requests };
  const [check, observed] = await inTurn(
    checkIdentityProvider(context, { options, session }),
    observeRoles(context, look),
  );
  const expected = expectedTrust(check, options);
  refuseOtherProvider(check, { wanted: options.identityProviderArn, own: expected.providerArn });
  const files = prepareRoleManifests(folder, requests);
  for (const warning of files.warnings) session.warn(warning);
  for (const reminder of files.reminders) session.remind(reminder);
  const { alsoTrust: also, stopTrusting: stop } = options;
  const secondIssuer = await findSecondIssuer(context, {
    name: options.name,
    account: check.plan.target.account,
    providerArn: expected.providerArn,
    flags: { also, stop },
  });
  const wantedRoles = (trust: {
    providerArn: string;
    audiences: readonly string[];
  }): IamRolesInput => ({
    name: options.name,
    partition: check.plan.target.partition.id,
    account: check.plan.target.account,
    askedAudiences: options.audiences ?? [],
    secondIssuer,
    podRegion: options.region,
    requests,
    skipped,
    manifestPaths: files.manifestPaths,
    tags: options.tags,
    boundary: options.boundary,
    maxSessionDuration: options.maxSessionDuration,
    rolePath: options.rolePath,
    prune: options.prune,
    skippedSecrets,
    ...trust,
  });
  // Warnings of this look ahead come again, with real values, when the roles are planned.
  const silent = { ...context, warn: () => {} };
  const ahead = await planIamRoles(silent, wantedRoles(expected), observed);
  await approvePruning(context, { session, plan: ahead, yes: options.yes });

  const { keyPair, ...keys } = prepareKeys(context, { options, session, check, atHand });
  const provider = await applyIdentityProvider(context, {
    options,
    session,
    check,
    ...keys,
    shown: (identityProvider) => ({ keyPair, identityProvider, iamRoles: null }),
  });
  // A new distribution takes minutes, in which somebody may have worked on a role: look again.
  const changed = !context.gate.dryRun && context.gate.changes().length > 0;
  const stale = changed && observed.roles.some(({ found }) => found.state === 'owned');
  const roles = stale ? await observeRoles(context, look) : observed;
  const planned = await planIamRoles(context, wantedRoles(provider), roles);
  const approved = new Set(ahead.pruned.map(({ name }) => name));
  const plan = { ...planned, pruned: planned.pruned.filter(({ name }) => approved.has(name)) };
  const identityProvider = provider.result;
  const iamRoles = await applyIamRoles(context, plan, {
    write: (manifests) => writeManifests(folder, manifests),
    known: (known) => session.keepResult({ keyPair, identityProvider, iamRoles: known }),
  });
  return { keyPair, identityProvider, iamRoles };
}

/** What the roles will trust, as far as it is known before the provider is there. */
function expectedTrust(
  { plan }: ProviderCheck,
  options: Options,
): { providerArn: string; audiences: readonly string[] } {
  const found =
    plan.provider?.clientIds ?? (options.audiences === undefined ? defaultAudiences : []);
  const { account, partition } = plan.target;
  const issuer = plan.issuer ?? `https://${placeholder('distribution-domain-name')}`;
  return {
    providerArn: providerArn({ issuer, account, partition: partition.id }),
    audiences: [...new Set([...found, ...(options.audiences ?? [])])],
  };
}

/** The roles of create-all trust the provider it makes; a flag that names another is refused. */
function refuseOtherProvider(
  { plan }: ProviderCheck,
  arns: { readonly wanted: string | undefined; readonly own: string },
): void {
  const { wanted, own } = arns;
  if (wanted === undefined || wanted === own) return;
  throw new BootstrapError({
    code: 'ISSUER_WOULD_CHANGE',
    message:
      `--identity-provider-arn "${wanted}" is not the provider of "${plan.target.name}"` +
      (plan.issuer === undefined ? ', which does not exist yet' : `: "${own}"`),
    hint: 'omit the flag; for roles that trust another provider, use it with create-iam-roles',
    details: { issuer: plan.issuer ?? null, wantedIssuer: `https://${issuerHostOf(wanted)}` },
  });
}

/**
 * The keys to publish; makes the pair only where the issuer publishes nothing, nothing trusts it
 * and no key was named: a key gets trust only on purpose.
 */
function prepareKeys(
  context: Context,
  input: {
    readonly options: Options;
    readonly session: Session;
    readonly check: ProviderCheck;
    readonly atHand: KeysAtHand;
  },
): {
  readonly keyPair: KeyPairResult | null;
  readonly chooseKeys: ChooseKeys;
  readonly atHand: KeysAtHand;
} {
  const { options, session, atHand } = input;
  const { folder } = session;
  const { found, provider, publishes } = input.check.plan;
  const trusted = provider !== undefined;
  const facts = { published: found.publishedKeys, removed: found.removedKeys };
  const from =
    (keys: KeysAtHand): ChooseKeys =>
    (seen) =>
      chooseKeys({ atHand: keys, trusted, publishedElsewhere: !publishes, ...seen });
  const mayMake = facts.published.length === 0 && !trusted && atHand.from !== 'flag';
  const has = folder.read(privateFiles.signer) !== undefined;
  if (!mayMake) from(atHand)(facts);
  if (!mayMake && (atHand.from === 'flag' || !has || !publishes)) {
    return { keyPair: null, chooseKeys: from(atHand), atHand };
  }
  const keyPair = ensureKeyPair(folder, {
    keySize: options.keySize,
    newKey: session.host.newRsaKey,
    dryRun: context.gate.dryRun,
    note: session.warn,
  });
  recordKeyPair(session, keyPair);
  const made = readKeysAtHand({ files: [], cwd: session.host.cwd }, folder);
  if (made.from === 'nowhere') {
    const { privateKeyFile, keySize } = keyPair;
    const keys = [unmadeKey(keySize)];
    const signer = { keyId: placeholder('key-id'), file: privateKeyFile, behind: [] };
    const file = keyPair.publicKeyFile;
    const unmade = { from: 'folder', keys, file, publicFile: file, signer } as const;
    return { keyPair, chooseKeys: () => keys, atHand: unmade };
  }
  from(made)(facts);
  return { keyPair, chooseKeys: from(made), atHand: made };
}

/** The placeholder in a plan for the key that the real run makes. */
function unmadeKey(bits: number): PublicKey {
  return {
    keyId: placeholder('key-id'),
    bits,
    jwk: { kty: 'RSA', n: placeholder('modulus'), e: 'AQAB' },
    spkiPem: '',
  };
}

/** What exists now, and what to do next. */
export function describe(result: CreateAllResult, page: Page): string {
  const { keyPair, identityProvider, iamRoles } = result;
  const steps = identityProvider.clusterSteps;
  return [
    ...(keyPair === null
      ? ['no signing key was created: the issuer publishes the keys listed below']
      : describeKeyPair(keyPair, page)),
    ...describeProvider(identityProvider, page),
    '',
    ...describeRoles(iamRoles, page),
    ...nextSteps(iamRoles.roles.length === 0 ? steps : [...steps, serviceAccountStep], page),
  ].join('\n');
}
