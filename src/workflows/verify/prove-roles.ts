// Proves with STS itself that roles can be assumed before the cluster exists: signs five-minute tokens with
// the private key of the output folder, and asks STS. The credentials that STS gives are not read or kept.

import type { OidcProvider, WebIdentityAnswer } from '../../aws/ports.ts';
import { AwsError, BootstrapError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Jwk } from '../../core/keys/jwks.ts';
import type { SigningKey } from '../../core/keys/jwt.ts';
import { describePublicKey, keyOfJwk, readPrivateKey } from '../../core/keys/public-key.ts';
import { assumePlan, type AskedClaims, type AssumePlan } from '../../core/verify/assume-plan.ts';
import { failed, passed, skipped, warned, type Check } from '../../core/verify/check.ts';
import type { CheckId } from '../../core/verify/check-table.ts';
import type { Commands } from '../../core/verify/hosting-facts.ts';
import { seen } from '../../core/seen.ts';
import { isDocumentsFault, type DocumentsFault } from '../../core/verify/sts/issuer-keys.ts';
import type { SeenKeys } from '../../core/verify/sts/judge-key.ts';
import { verdictOf, walkToken } from '../../core/verify/sts/walk-token.ts';
import { awsTime } from '../aws-time.ts';
import type { Context } from '../context.ts';
import { inParallel } from '../parallel.ts';
import { poll } from '../poll.ts';
import { mintProbeToken } from '../probe-token.ts';
import { readStsKeys } from './read-sts-keys.ts';

/** A role to be proven. */
export type ProvenRole = { readonly arn: string; readonly trustPolicy: JsonObject };

/** What is proven with what. */
export type RoleProof = {
  readonly issuer: string;
  readonly region: string;
  readonly provider: OidcProvider;
  readonly roles: readonly ProvenRole[];
  /** PEM; the first key of the file signs. */
  readonly privatePem: string;
  /** How messages name that file. */
  readonly keyFile: string;
  /** Those that hints name. */
  readonly commands: Commands;
};

/** IAM shows what it was told after seconds, rarely after a minute. */
const propagationMs = 60_000;

/** Three checks for each role: taken, another service account refused, another audience refused. */
export async function proveRoles(context: Context, proof: RoleProof): Promise<readonly Check[]> {
  const found = await readStsKeys(context, proof.issuer);
  const key = publishedKey(proof, found);
  const keys = seen(found);
  const proven = await inParallel(proof.roles, async (role) => {
    if ('problem' in key)
      return [failed('roles-assume', role.arn, { detail: key.problem, hint: key.hint })];
    return proveRole(context, { ...proof, role, key, keys });
  });
  return proven.flat();
}

type Asking = RoleProof & {
  readonly role: ProvenRole;
  readonly key: SigningKey;
  readonly keys: SeenKeys;
};

async function proveRole(context: Context, asking: Asking): Promise<readonly Check[]> {
  const { role, provider } = asking;
  const plan = assumePlan(role.trustPolicy, provider);
  if (plan === undefined) {
    return [skipped('roles-assume', role.arn, 'the role trusts no audience of the provider')];
  }
  context.progress({ kind: 'step', text: `assuming role ${role.arn}` });
  for (const claims of plan.own) {
    const refusal = await untilTaken(context, asking, claims);
    if (refusal === undefined) continue;
    const why = 'the role could not be assumed, so a refusal would prove nothing';
    return [
      failed('roles-assume', role.arn, refusal),
      skipped('roles-assume-stranger', role.arn, why),
      skipped('roles-assume-audience', role.arn, why),
    ];
  }
  const taken = plan.own.map(({ subject }) => `"${subject}"`).join(', ');
  return [
    passed('roles-assume', role.arn, `STS in ${asking.region} takes tokens of ${taken}`),
    await strangerCheck(context, asking, plan),
    await refusedCheck(context, asking, {
      id: 'roles-assume-audience',
      claims: plan.otherAudience,
      hint: `pin the audience of the role: run \`${asking.commands.roles}\``,
    }),
  ];
}

async function strangerCheck(context: Context, asking: Asking, plan: AssumePlan): Promise<Check> {
  const hint = `name the service accounts in the trust policy: run \`${asking.commands.roles}\``;
  const check = await refusedCheck(context, asking, {
    id: 'roles-assume-stranger',
    claims: plan.stranger,
    hint,
  });
  if (check.status !== 'fail' || plan.open || plan.wildcards.length === 0) return check;
  // A pattern is written on purpose, and says what it lets in.
  const detail = `${check.detail}: its trust policy has the pattern "${plan.wildcards.join('", "')}"`;
  return warned(check.id, check.subject, { detail, hint });
}

/** A token that STS must refuse because of what the token says, not because STS is busy. */
async function refusedCheck(
  context: Context,
  asking: Asking,
  wanted: { readonly id: CheckId; readonly claims: AskedClaims; readonly hint: string },
): Promise<Check> {
  const { id, claims, hint } = wanted;
  const token = `a token of "${claims.subject}" for "${claims.audience}"`;
  const answer = await ask(context, asking, claims);
  if ('failure' in answer) return skipped(id, asking.role.arn, answer.failure.message);
  if (answer.accepted) {
    const detail = `STS takes ${token} for role "${asking.role.arn}"`;
    return failed(id, asking.role.arn, { detail, hint });
  }
  return passed(id, asking.role.arn, `STS refuses ${token}: ${answer.awsCode}`);
}

/** Undefined once STS takes a token; else why it does not. It waits only where STS may take the token later. */
async function untilTaken(
  context: Context,
  asking: Asking,
  claims: AskedClaims,
): Promise<{ readonly detail: string; readonly hint: string } | undefined> {
  const { role, provider, keys, region } = asking;
  const token = mintFor(context, asking, claims);
  const now = awsTime(context);
  const expected = verdictOf(
    walkToken({ token, now, provider: seen(provider), keys, role: seen(role) }),
  );
  const whose = `a token of "${claims.subject}" for "${claims.audience}"`;
  let last: StsOutcome | undefined;
  const taken = async (): Promise<true | undefined> => {
    last = await ask(context, asking, claims);
    return ('accepted' in last && last.accepted) || expected.allowed === false ? true : undefined;
  };
  const limitMs = propagationMs;
  try {
    await poll(
      context,
      { text: `STS in ${region} to take a token for role "${role.arn}"`, pauseMs: 1000, limitMs },
      taken,
    );
  } catch (error) {
    if (!(error instanceof BootstrapError) || error.code !== 'WAIT_TIMED_OUT') throw error;
  }
  if (last === undefined || ('accepted' in last && last.accepted)) return undefined;
  if ('failure' in last) {
    return {
      detail: `STS in ${region} gave no answer to ${whose}: ${last.failure.message}`,
      hint: last.failure.hint ?? 'run the same command again',
    };
  }
  const detail = `STS in ${region} refuses ${whose}: ${last.awsCode} "${last.message}"`;
  return expected.allowed === false
    ? { detail: `${detail}; ${expected.step?.detail ?? ''}`, hint: repairHint(asking) }
    : {
        detail: `${detail}, for ${limitMs / 1000} s, although provider, documents and trust policy allow it`,
        hint:
          'run the same command again in a minute; if STS still refuses, check the service control policies of the ' +
          'organization, and whether STS is activated in the region',
      };
}

function repairHint({ commands }: Asking): string {
  return `for documents or provider run \`${commands.publish}\`; for the role run \`${commands.roles}\``;
}

type StsOutcome = WebIdentityAnswer | { readonly failure: AwsError };

/** The answer of STS; a request that STS did not judge is a failure, not a refusal. */
async function ask(context: Context, asking: Asking, claims: AskedClaims): Promise<StsOutcome> {
  const { region, role } = asking;
  const token = mintFor(context, asking, claims);
  try {
    return await context.aws.sts.tryWebIdentity({ region, roleArn: role.arn, token });
  } catch (error) {
    if (error instanceof AwsError) return { failure: error };
    throw error;
  }
}

function mintFor(context: Context, { issuer, key }: Asking, claims: AskedClaims): string {
  return mintProbeToken(context, { issuer, key, claims });
}

/** The private key under the ID that it is published with: an issuer may have given it another. */
function publishedKey(
  { privatePem, keyFile, issuer, commands }: RoleProof,
  found: readonly Jwk[] | DocumentsFault,
): SigningKey | { readonly problem: string; readonly hint: string } {
  const { keyId } = readPrivateKey(privatePem, keyFile);
  const hint = `run \`${commands.publish}\`; for a key that is not published, \`${commands.publishKey}\``;
  if (isDocumentsFault(found)) return { problem: found.problem, hint };
  const published = found.find((jwk) => {
    const publicKey = keyOfJwk(jwk);
    return publicKey !== undefined && describePublicKey(publicKey).keyId === keyId;
  });
  if (published === undefined) {
    return { problem: `key "${keyId}" of "${keyFile}" is not published by "${issuer}"`, hint };
  }
  return { keyId: published.kid, privatePem };
}
