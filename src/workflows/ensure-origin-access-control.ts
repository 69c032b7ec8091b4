// The origin access control: CloudFront signs its requests to the bucket with it, always.
// It has no tags: it is ours by its exact name and description together.

import template from '../../templates/cloudfront/create-origin-access-control.json' with { type: 'json' };
import type { OriginAccessControl } from '../aws/ports.ts';
import { BootstrapError, isAwsError } from '../core/errors.ts';
import { originAccessControlDescription, originAccessControlName } from '../core/names.ts';
import { placeholder } from '../core/placeholder.ts';
import { fillTemplate } from '../core/template.ts';
import type { Context } from './context.ts';
import { poll } from './poll.ts';

/**
 * Makes it where it was not found before the first write; gives its id, a placeholder in a dry run.
 * One that is not ours, made meanwhile: RESOURCE_NOT_OWNED.
 */
export async function ensureOriginAccessControl(
  context: Context,
  name: string,
  found: OriginAccessControl | undefined,
): Promise<string> {
  if (found !== undefined) return found.id;
  const controlName = originAccessControlName(name);
  try {
    const answers = await context.gate.perform({
      change: {
        resource: 'cloudfront-origin-access-control',
        id: controlName,
        action: 'create',
        detail: 'signs every request to the bucket (sigv4, always)',
      },
      requests: [
        {
          service: 'cloudfront',
          operation: 'create-origin-access-control',
          input: fillTemplate(template, {
            name: controlName,
            description: originAccessControlDescription(name),
          }),
        },
      ],
    });
    const created = answers?.[0]?.['OriginAccessControl'] as { Id?: string } | undefined;
    return created?.Id ?? placeholder('origin-access-control-id');
  } catch (error) {
    if (!isAwsError(error, 'OriginAccessControlAlreadyExists')) throw error;
    // An earlier try was applied after all; the list may lag behind.
    const other = await poll(
      context,
      {
        text: `origin access control "${controlName}" to be listed`,
        pauseMs: 1_000,
        limitMs: 30_000,
        onTimeout: () => error,
      },
      async () => await findOriginAccessControl(context, name),
    );
    return other.id;
  }
}

/** The one of our name; checked before the first write, since one not ours ends the command. */
export async function findOriginAccessControl(
  context: Context,
  name: string,
): Promise<OriginAccessControl | undefined> {
  const controlName = originAccessControlName(name);
  const found = await context.aws.cloudfront.findOriginAccessControl(controlName);
  if (found === undefined) return undefined;
  const description = originAccessControlDescription(name);
  if (found.description !== description) {
    throw new BootstrapError({
      code: 'RESOURCE_NOT_OWNED',
      message: `origin access control "${controlName}" exists with the description "${found.description}"`,
      hint: `choose another --name; if it really is this cluster's, give it the description "${description}"`,
      details: { resource: 'cloudfront-origin-access-control', id: found.id },
    });
  }
  const signs =
    found.signingProtocol === 'sigv4' &&
    found.signingBehavior === 'always' &&
    found.originType === 's3';
  if (!signs) {
    throw new BootstrapError({
      code: 'RESOURCE_NOT_OWNED',
      message: `origin access control "${controlName}" was changed: it signs "${found.signingBehavior}" with "${found.signingProtocol}" for "${found.originType}"`,
      hint: 'set it back to sigv4, always, s3 in the CloudFront console; the bucket stays unreadable until then',
      details: { resource: 'cloudfront-origin-access-control', id: found.id },
    });
  }
  return found;
}
