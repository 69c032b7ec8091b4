// What let CloudFront read the bucket: our origin access control, or ccoctl's identity. CloudFront
// says for a while after a distribution was deleted that it is still in use.

import deleteControlTemplate from '../../../templates/cloudfront/delete-origin-access-control.json' with { type: 'json' };
import deleteIdentityTemplate from '../../../templates/cloudfront/delete-cloud-front-origin-access-identity.json' with { type: 'json' };
import { isAwsError } from '../../core/errors.ts';
import { fillTemplate } from '../../core/template.ts';
import type { Context } from '../context.ts';
import { cloudfrontLagMs, retryWhileUsed } from '../retry-while.ts';
import { deletedOrGone } from '../delete-steps.ts';

/** Deletes an origin access control. */
export async function deleteOriginAccessControl(
  context: Context,
  control: { readonly id: string; readonly name: string },
): Promise<'deleted' | 'gone'> {
  const { id, name } = control;
  const current = await context.aws.cloudfront.getOriginAccessControl(id);
  if (current === undefined) return 'gone';
  return await deletedOrGone('NoSuchOriginAccessControl', () =>
    context.gate.perform({
      change: {
        resource: 'cloudfront-origin-access-control',
        id: name,
        action: 'delete',
        detail: '',
      },
      requests: [
        {
          service: 'cloudfront',
          operation: 'delete-origin-access-control',
          input: fillTemplate(deleteControlTemplate, { id, etag: current.etag }),
        },
      ],
      retry: retryWhileUsed(context, {
        thing: `origin access control "${name}"`,
        awsCode: 'OriginAccessControlInUse',
        limitMs: cloudfrontLagMs,
      }),
      applied: async ({ error }) => isAwsError(error, 'NoSuchOriginAccessControl'),
    }),
  );
}

/** Deletes an origin access identity. */
export async function deleteOriginAccessIdentity(
  context: Context,
  id: string,
): Promise<'deleted' | 'gone'> {
  const current = await context.aws.cloudfront.getOriginAccessIdentity(id);
  if (current === undefined) return 'gone';
  return await deletedOrGone('NoSuchCloudFrontOriginAccessIdentity', () =>
    context.gate.perform({
      change: {
        resource: 'cloudfront-origin-access-identity',
        id,
        action: 'delete',
        detail: current.comment,
      },
      requests: [
        {
          service: 'cloudfront',
          operation: 'delete-cloud-front-origin-access-identity',
          input: fillTemplate(deleteIdentityTemplate, { id, etag: current.etag }),
        },
      ],
      retry: retryWhileUsed(context, {
        thing: `origin access identity "${id}"`,
        awsCode: 'CloudFrontOriginAccessIdentityInUse',
        limitMs: cloudfrontLagMs,
      }),
      applied: async ({ error }) => isAwsError(error, 'NoSuchCloudFrontOriginAccessIdentity'),
    }),
  );
}
