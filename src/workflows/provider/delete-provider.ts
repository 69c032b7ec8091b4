// The IAM provider goes before anything of the hosting: from here on AWS trusts the issuer no more,
// whoever may get hold of its name.

import deleteTemplate from '../../../templates/iam/delete-open-id-connect-provider.json' with { type: 'json' };
import { isAwsError } from '../../core/errors.ts';
import { fillTemplate } from '../../core/template.ts';
import type { Context } from '../context.ts';
import { poll } from '../poll.ts';
import { deletedOrGone } from '../delete-steps.ts';

/** Deletes the provider, and waits until IAM shows it no more. */
export async function deleteProvider(
  context: Context,
  provider: { readonly arn: string; readonly issuer: string },
): Promise<'deleted' | 'gone'> {
  const { arn, issuer } = provider;
  const fate = await deletedOrGone('NoSuchEntity', () =>
    context.gate.perform({
      change: {
        resource: 'iam-oidc-provider',
        id: arn,
        action: 'delete',
        detail: `AWS no longer trusts ${issuer}`,
      },
      requests: [
        {
          service: 'iam',
          operation: 'delete-open-id-connect-provider',
          input: fillTemplate(deleteTemplate, { arn }),
        },
      ],
      applied: async ({ error }) => isAwsError(error, 'NoSuchEntity'),
    }),
  );
  if (context.gate.dryRun) return fate;
  await poll(
    context,
    { text: `IAM to forget provider "${arn}"`, pauseMs: 1_000, limitMs: 120_000 },
    async () => ((await context.aws.iam.getOidcProvider(arn)) === undefined ? true : undefined),
  );
  return fate;
}
