// Cuts sessions a thief got while STS still knew the stolen key: a Deny on every role of ours that
// trusts the issuer, for sessions issued before the moment STS was seen to refuse that key.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html

import denyTemplate from '../../../templates/iam/deny-older-sessions.json' with { type: 'json' };
import putTemplate from '../../../templates/iam/put-named-role-policy.json' with { type: 'json' };
import { providerArn } from '../../core/issuer/discovery.ts';
import { BootstrapError } from '../../core/errors.ts';
import { timestamp } from '../../core/rotation/state.ts';
import { ownership } from '../../core/tags.ts';
import { fillTemplate } from '../../core/template.ts';
import { trustsProvider } from '../../core/roles/trust-policy.ts';
import type { Context } from '../context.ts';
import { awsTime, type RotationPlace } from './observe-rotation.ts';

/** Name of the inline policy; a later emergency replaces it. */
export const denyPolicyName = 'oidc-bootstrap-deny-older-sessions';

/** Puts the policy on every role of ours; where one cannot be had, the first failure in the end. */
export async function denyOlderSessions(context: Context, place: RotationPlace): Promise<void> {
  // The next whole second: nothing issued up to now escapes.
  const cut = timestamp(awsTime(context).getTime() + 1000);
  const policy = JSON.stringify(fillTemplate(denyTemplate, { cut }));
  const arn = providerArn({
    issuer: place.issuer,
    account: place.target.account,
    partition: place.target.partition.id,
  });
  const listed = await context.aws.iam.listRoleTrust();
  if (listed === undefined) {
    context.warn(
      'the roles of this account could not be listed: put the deny policy on the roles of this issuer by hand',
    );
  }
  const candidates = (listed ?? []).filter((role) => trustsProvider(role.trustPolicy, arn));
  const failures: BootstrapError[] = [];
  for (const { name } of candidates) {
    const role = await context.aws.iam.getRole(name);
    if (role === undefined || ownership(place.target.name, role.tags) === 'foreign') continue;
    try {
      await context.gate.perform({
        change: {
          resource: 'iam-role',
          id: name,
          action: 'update',
          detail: `denies sessions issued before ${cut}`,
        },
        requests: [
          {
            service: 'iam',
            operation: 'put-role-policy',
            id: name,
            input: fillTemplate(putTemplate, {
              roleName: name,
              policyName: denyPolicyName,
              policy,
            }),
          },
        ],
      });
    } catch (error) {
      if (!(error instanceof BootstrapError)) throw error;
      // The others are cut all the same.
      failures.push(error);
      context.warn(`older sessions of role "${name}" are not denied: ${error.message}`);
    }
  }
  // The cut is not noted as proven, so that running again goes on here.
  if (failures[0] !== undefined) throw failures[0];
}
