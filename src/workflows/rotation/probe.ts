// Asks STS itself: mints a five-minute token with a key at hand for a role that grants nothing, and
// tries it in each region, several times in a row. So the time STS keeps old documents, which AWS
// does not tell, is measured instead of guessed. Tokens are never shown.

import type { WebIdentityAnswer } from '../../aws/ports.ts';
import { issuerHostPath, providerArn } from '../../core/issuer/discovery.ts';
import { AwsError, BootstrapError } from '../../core/errors.ts';
import { isJsonObject } from '../../core/json.ts';
import type { SigningKey } from '../../core/keys/jwt.ts';
import { listOf, statementsOf } from '../../core/policy.ts';
import type { ProbeTarget } from '../../core/rotation/state.ts';
import { isStatementOf } from '../../core/roles/trust-policy.ts';
import type { Context } from '../context.ts';
import { mintProbeToken, type ProbeClaims } from '../probe-token.ts';
import type { RotationPlace } from './observe-rotation.ts';
import { poll } from '../poll.ts';

const triesInARow = 5;

/** Whether STS takes tokens of that key in every region, five times in a row each. */
export async function probeAccepted(
  context: Context,
  place: RotationPlace,
  probe: { readonly target: ProbeTarget; readonly key: SigningKey },
): Promise<{ readonly accepted: boolean; readonly note: string }> {
  const claims = await probeClaims(context, place, probe.target.roleArn);
  for (const region of probe.target.regions) {
    for (let count = 0; count < triesInARow; count += 1) {
      if (count > 0) await context.clock.sleep(1000);
      const answer = await tryOnce(context, place, { ...probe, claims, region });
      if (!answer.accepted) {
        return { accepted: false, note: `STS in ${region} answered ${answer.awsCode}` };
      }
    }
  }
  const regions = probe.target.regions.join(', ');
  return { accepted: true, note: `${triesInARow} times in a row in ${regions}` };
}

/**
 * Waits until STS refuses tokens of the old key in every region, five times in a row each, while it
 * accepts one of the fresh key before and after them: STS that is disturbed, slow or throttled gives
 * the same refusal for any key. WAIT_TIMED_OUT after `--timeout`: the next run goes on.
 */
export async function waitUntilRefused(
  context: Context,
  place: RotationPlace,
  probe: { readonly target: ProbeTarget; readonly old: SigningKey; readonly fresh: SigningKey },
): Promise<void> {
  const { target, old, fresh } = probe;
  const claims = await probeClaims(context, place, target.roleArn);
  for (const region of target.regions) {
    let last = '';
    const ask = async (key: SigningKey): Promise<WebIdentityAnswer> => {
      const answer = await answerOf(tryOnce(context, place, { target, key, claims, region }));
      const whose = key === fresh ? 'the fresh key' : 'the old key';
      last = `a token of ${whose} was ${answer.accepted ? 'accepted' : `answered with ${answer.awsCode}`}`;
      return answer;
    };
    await poll(
      context,
      {
        text: `STS in ${region} to refuse the old key and accept the fresh one`,
        pauseMs: 1000,
        maxPauseMs: 30_000,
        onTimeout: () => notRefused(region, last),
      },
      async () => {
        if (!(await ask(fresh)).accepted) return undefined;
        for (let refused = 0; refused < triesInARow; refused += 1) {
          if (refused > 0) await context.clock.sleep(1000);
          const answer = await ask(old);
          if (answer.accepted || !saysKeyUnknown(answer)) return undefined;
        }
        return (await ask(fresh)).accepted ? true : undefined;
      },
    );
  }
}

/** A throttled or failed request proves nothing about a key: the probe asks again. */
async function answerOf(asked: Promise<WebIdentityAnswer>): Promise<WebIdentityAnswer> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof AwsError) || !busy.has(error.code)) throw error;
    return { accepted: false, awsCode: error.awsCode, message: error.message };
  }
}

const busy: ReadonlySet<string> = new Set(['AWS_THROTTLED', 'AWS_REQUEST_FAILED']);

function notRefused(region: string, last: string): BootstrapError {
  return new BootstrapError({
    code: 'WAIT_TIMED_OUT',
    message: `gave up waiting for STS in ${region} to refuse the old key and accept the fresh one: ${last}`,
    hint: 'run the same command again: it goes on from here; --timeout sets a longer wait',
    details: { region, last },
  });
}

/**
 * Only this answer says that the key is not known. A trust policy that says no proves nothing, nor
 * does a provider that is gone, which has the same code: the hard stop while this waits.
 */
function saysKeyUnknown(answer: Extract<WebIdentityAnswer, { accepted: false }>): boolean {
  return answer.awsCode === 'InvalidIdentityToken' && /verification key/i.test(answer.message);
}

async function tryOnce(
  context: Context,
  place: RotationPlace,
  probe: {
    readonly target: ProbeTarget;
    readonly key: SigningKey;
    readonly claims: ProbeClaims;
    readonly region: string;
  },
): Promise<WebIdentityAnswer> {
  const token = mintProbeToken(context, {
    issuer: place.site.issuer,
    key: probe.key,
    claims: probe.claims,
  });
  return await context.aws.sts.tryWebIdentity({
    region: probe.region,
    roleArn: probe.target.roleArn,
    token,
  });
}

/** INPUT_INVALID where the role cannot be used for a probe: to be told before anything is done. */
export async function checkProbeRole(
  context: Context,
  place: RotationPlace,
  roleArn: string,
): Promise<void> {
  await probeClaims(context, place, roleArn);
}

/**
 * Subject and audience come from the role's own trust policy: the first of each that it is pinned to
 * with StringEquals, where a star is a character like any other.
 */
async function probeClaims(
  context: Context,
  place: RotationPlace,
  roleArn: string,
): Promise<ProbeClaims> {
  const name = roleArn.slice(roleArn.lastIndexOf('/') + 1);
  const role = await context.aws.iam.getRole(name);
  if (role === undefined || role.arn !== roleArn) {
    throw badRole(roleArn, 'it does not exist');
  }
  await warnOfGrants(context, name);
  const arn = providerArn({
    issuer: place.site.issuer,
    account: place.site.target.account,
    partition: place.site.target.partition.id,
  });
  const host = issuerHostPath(place.site.issuer);
  for (const statement of statementsOf(role.trustPolicy)) {
    if (!isStatementOf(arn, statement)) continue;
    const condition = statement['Condition'];
    const equals = isJsonObject(condition) ? condition['StringEquals'] : undefined;
    if (!isJsonObject(equals)) continue;
    const [subject] = listOf(equals[`${host}:sub`]);
    const [audience] = listOf(equals[`${host}:aud`]);
    if (subject !== undefined && audience !== undefined) return { subject, audience };
  }
  throw badRole(
    roleArn,
    `its trust policy has no statement for "${arn}" with StringEquals on "${host}:sub" and "${host}:aud"`,
  );
}

async function warnOfGrants(context: Context, role: string): Promise<void> {
  const inline = await context.aws.iam.listRolePolicies(role);
  const attached = await context.aws.iam.listAttachedRolePolicies(role);
  const policies = [...inline, ...(attached ?? [])];
  if (policies.length > 0) {
    context.warn(`probe role "${role}" should have no policies, but has: ${policies.join(', ')}`);
  }
}

function badRole(roleArn: string, why: string): BootstrapError {
  return new BootstrapError({
    code: 'INPUT_INVALID',
    message: `role "${roleArn}" cannot be used for a probe: ${why}`,
    hint: 'create a role without policies that trusts one service account of this issuer, and give its ARN with --probe-role-arn',
    details: { roleArn },
  });
}
