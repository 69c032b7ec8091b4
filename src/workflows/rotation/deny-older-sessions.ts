// Cuts sessions a thief got while STS still knew the stolen key: a Deny on every role of ours that
// trusts the issuer, for sessions issued before the moment STS was seen to refuse that key.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html

import putTemplate from '../../../templates/iam/put-named-role-policy.json' with { type: 'json' };
import { providerArn } from '../../core/issuer/discovery.ts';
import { BootstrapError } from '../../core/errors.ts';
import { timestamp } from '../../core/rotation/state.ts';
import { denyOlderSessionsPolicy, denyPolicyName } from '../../core/roles/older-sessions.ts';
import { ownership } from '../../core/tags.ts';
import { fillTemplate } from '../../core/template.ts';
import { trustsProvider } from '../../core/roles/trust-policy.ts';
import type { Context } from '../context.ts';
import type { RotationPlace } from './observe-rotation.ts';

/** Where sessions are not denied, as users read it, and why, of the first of them. */
export type Denials = {
  readonly notDenied: readonly string[];
  readonly failure: BootstrapError | undefined;
};

/** Puts the policy on every role of ours; one that cannot be read or changed does not stop the others. */
export async function denyOlderSessions(
  context: Context,
  place: RotationPlace,
  refusedAt: string,
): Promise<Denials> {
  const arn = providerArn({
    issuer: place.site.issuer,
    account: place.site.target.account,
    partition: place.site.target.partition.id,
  });
  const listed = await context.aws.iam.listRoleTrust();
  if (listed === undefined) return notListed;
  // The next whole second: nothing issued up to then escapes.
  const before = timestamp(Date.parse(refusedAt) + 1000);
  const notDenied: string[] = [];
  let failure: BootstrapError | undefined;
  for (const { name } of listed.filter((role) => trustsProvider(role.trustPolicy, arn))) {
    try {
      const role = await context.aws.iam.getRole(name);
      if (role === undefined || ownership(place.site.target.name, role.tags) === 'foreign')
        continue;
      await deny(context, name, before);
    } catch (error) {
      if (!(error instanceof BootstrapError) || error.code === 'INTERRUPTED') throw error;
      failure ??= error;
      notDenied.push(`role "${name}"`);
      context.warn(`older sessions of role "${name}" are not denied: ${error.message}`);
    }
  }
  return { notDenied, failure };
}

const notListed: Denials = {
  notDenied: ['the roles of this account, which could not be listed'],
  failure: new BootstrapError({
    code: 'AWS_ACCESS_DENIED',
    message:
      'access denied: iam:ListRoles; sessions of the old key are not denied on the roles of this account',
    hint: 'allow iam:ListRoles and run the same command again: it continues from here and makes no other key',
    details: { permission: 'iam:ListRoles' },
  }),
};

async function deny(context: Context, roleName: string, before: string): Promise<void> {
  await context.gate.perform({
    change: {
      resource: 'iam-role',
      id: roleName,
      action: 'update',
      detail: `denies sessions issued before ${before}`,
    },
    requests: [
      {
        service: 'iam',
        operation: 'put-role-policy',
        id: roleName,
        input: fillTemplate(putTemplate, {
          roleName,
          policyName: denyPolicyName,
          policy: JSON.stringify(denyOlderSessionsPolicy(before)),
        }),
      },
    ],
  });
}
