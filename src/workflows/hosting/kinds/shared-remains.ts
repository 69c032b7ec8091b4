// What a cluster has on a shared hosting: the objects below its prefix, and nothing of the hosting.

import type { BucketRef, ObjectVersion } from '../../../aws/ports.ts';
import { objectKey } from '../../../core/hosting/shared-hosting.ts';
import { documentKeys } from '../../../core/issuer/discovery.ts';
import { rotationStateKey } from '../../../core/keys/removed-keys.ts';
import type { Target } from '../../../core/target.ts';
import type { Thing } from '../../../core/thing.ts';
import type { Context } from '../../context.ts';
import { inTurn } from '../../parallel.ts';
import { deleteVersions } from '../delete-versions.ts';
import type { FoundHosting } from '../find-hosting.ts';
import type { HostingRemains } from '../remains.ts';
import { readRotation } from '../remains/read-rotation.ts';

/** The documents and the state of the cluster; the hosting stays for the others. */
export async function sharedRemains(
  context: Context,
  place: { readonly target: Target; readonly hosting: string; readonly found: FoundHosting },
): Promise<HostingRemains> {
  const { ref, bucket, issuer } = place.found;
  const { name } = place.target;
  const [keys, rotation] =
    bucket === undefined
      ? [[], undefined]
      : await inTurn(
          keysBelow(context, ref, name),
          readRotation(context, ref, objectKey(name, rotationStateKey)),
        );
  const thingOf = (key: string): Thing => ({ resource: 's3-object', id: `${ref.bucket}/${key}` });
  return {
    issuers: issuer === undefined ? [] : [issuer],
    owned: keys.map(thingOf),
    blocked: [],
    kept: [
      {
        resource: 's3-bucket',
        id: ref.bucket,
        reason: `other clusters may be on the shared hosting "${place.hosting}"; when none is left, \`oidc-bootstrap delete --name ${place.hosting}\` deletes it`,
      },
    ],
    isShared: false,
    rotation,
    remove: async (where, steps) => {
      for (const key of keys) {
        const choose = (versions: readonly ObjectVersion[]): readonly ObjectVersion[] =>
          versions.filter((version) => version.key === key);
        const selection = { id: thingOf(key).id, prefix: key, choose };
        await steps.attempt(thingOf(key), async () => await deleteVersions(where, ref, selection));
      }
    },
  };
}

/**
 * What the program writes below a prefix, as far as it is there or was before somebody deleted it by hand;
 * the discovery document first.
 */
async function keysBelow(
  context: Context,
  ref: BucketRef,
  prefix: string,
): Promise<readonly string[]> {
  const look = { most: Number.POSITIVE_INFINITY, prefix: objectKey(prefix, '') };
  const versions = await context.aws.s3.listVersions(ref, look);
  const own = [
    documentKeys.discovery,
    documentKeys.jwks,
    documentKeys.jwksMirror,
    rotationStateKey,
  ].map((key) => objectKey(prefix, key));
  return own.filter((key) => versions.some((version) => version.key === key));
}
