// What a cluster has on a shared hosting: the objects below its prefix, and nothing of the hosting.

import type { BucketRef, StoredObject } from '../../../aws/ports.ts';
import { objectKey } from '../../../core/hosting/shared-hosting.ts';
import { documentKeys } from '../../../core/issuer/discovery.ts';
import { rotationStateKey } from '../../../core/keys/removed-keys.ts';
import { parseRotationState } from '../../../core/rotation/parse-state.ts';
import { rotationUnderWay } from '../../../core/rotation/under-way.ts';
import type { Target } from '../../../core/target.ts';
import type { Context } from '../../context.ts';
import { deleteObject } from '../delete-object.ts';
import type { FoundHosting } from '../find-hosting.ts';
import type { HostingRemains } from '../remains.ts';

/** The documents and the state of the cluster; the hosting stays for the others. */
export async function sharedRemains(
  context: Context,
  place: { readonly target: Target; readonly hosting: string; readonly found: FoundHosting },
): Promise<HostingRemains> {
  const { ref, bucket, issuer } = place.found;
  const { name } = place.target;
  const stored = bucket === undefined ? [] : await objectsBelow(context, ref, name);
  const state = stored.find(({ key }) => key === objectKey(name, rotationStateKey));
  return {
    issuers: issuer === undefined ? [] : [issuer],
    owned: stored.map(({ key }) => ({ resource: 's3-object', id: `${ref.bucket}/${key}` })),
    blocked: [],
    kept: [
      {
        resource: 's3-bucket',
        id: ref.bucket,
        reason: `other clusters may be on the shared hosting "${place.hosting}"; when none is left, \`delete --name ${place.hosting}\` deletes it`,
      },
    ],
    rotation:
      state === undefined
        ? undefined
        : rotationUnderWay(parseRotationState(state.body, state.key).state),
    remove: async (where, steps) => {
      for (const { key } of stored) {
        await steps.attempt(
          { resource: 's3-object', id: `${ref.bucket}/${key}` },
          async () => await deleteObject(where, ref, key),
        );
      }
    },
  };
}

/** What the program writes below a prefix, as far as it is there; the discovery document first. */
async function objectsBelow(
  context: Context,
  ref: BucketRef,
  prefix: string,
): Promise<readonly (StoredObject & { readonly key: string })[]> {
  const keys = [
    documentKeys.discovery,
    documentKeys.jwks,
    documentKeys.jwksMirror,
    rotationStateKey,
  ];
  const stored = await Promise.all(
    keys.map(async (one) => {
      const key = objectKey(prefix, one);
      const object = await context.aws.s3.getObject(ref, key);
      return object === undefined ? undefined : { ...object, key };
    }),
  );
  return stored.filter((one) => one !== undefined);
}
