// The origin access control: CloudFront signs its requests to the bucket with it, always.
// It has no tags: it is ours by its exact name and description together.

import createTemplate from '../../../templates/cloudfront/create-origin-access-control.json' with { type: 'json' };
import updateTemplate from '../../../templates/cloudfront/update-origin-access-control.json' with { type: 'json' };
import type { OriginAccessControl } from '../../aws/ports.ts';
import { BootstrapError, isAwsError } from '../../core/errors.ts';
import { originAccessControlDescription, originAccessControlName } from '../../core/names.ts';
import { placeholder } from '../../core/placeholder.ts';
import { fillTemplate } from '../../core/template.ts';
import type { Context } from '../context.ts';
import { poll } from '../poll.ts';

/**
 * Makes it where it was not found before the first write, has it sign again where somebody changed
 * that; gives its id, a placeholder in a dry run. One that is not ours, made meanwhile: RESOURCE_NOT_OWNED.
 */
export async function ensureOriginAccessControl(
  context: Context,
  name: string,
  found: OriginAccessControl | undefined,
): Promise<string> {
  if (found !== undefined) return await repair(context, name, found);
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
          input: fillTemplate(createTemplate, {
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
    return await repair(context, name, other);
  }
}

/** Without signatures the bucket refuses CloudFront, and the issuer is dark. */
async function repair(context: Context, name: string, found: OriginAccessControl): Promise<string> {
  const signs = found.signingProtocol === 'sigv4' && found.signingBehavior === 'always';
  if (signs) return found.id;
  const current = await context.aws.cloudfront.getOriginAccessControl(found.id);
  await context.gate.perform({
    change: {
      resource: 'cloudfront-origin-access-control',
      id: found.name,
      action: 'update',
      detail: 'signs every request to the bucket again (sigv4, always)',
    },
    requests: [
      {
        service: 'cloudfront',
        operation: 'update-origin-access-control',
        input: fillTemplate(updateTemplate, {
          id: found.id,
          etag: current?.etag,
          name: found.name,
          description: originAccessControlDescription(name),
        }),
      },
    ],
  });
  return found.id;
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
  if (found.originType !== 's3') {
    throw new BootstrapError({
      code: 'RESOURCE_NOT_OWNED',
      message: `origin access control "${controlName}" is for origins of type "${found.originType}", not "s3"`,
      hint: 'what it is for cannot be changed while it is in use: choose another --name',
      details: { resource: 'cloudfront-origin-access-control', id: found.id },
    });
  }
  return found;
}
