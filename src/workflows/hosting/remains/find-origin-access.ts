// What lets CloudFront read the bucket of a name: our origin access control by name and description, and
// ccoctl's identity by its comment. One that a distribution of others uses stays.

import type { DistributionSummary } from '../../../aws/ports.ts';
import {
  ccoctlReference,
  originAccessControlDescription,
  originAccessControlName,
} from '../../../core/names.ts';
import type { Found, Spared, Thing } from '../../../core/thing.ts';
import type { Context } from '../../context.ts';
import { inTurn } from '../../parallel.ts';
import { deleteOriginAccessControl, deleteOriginAccessIdentity } from '../delete-origin-access.ts';

/** A control or an identity. */
export type Access = {
  /** By which CloudFront knows it. */
  readonly id: string;
  readonly thing: Thing;
  readonly remove: (context: Context) => Promise<'deleted' | 'gone'>;
};

/** Reads only. */
export async function findAccess(context: Context, name: string): Promise<Found<Access>> {
  const { cloudfront } = context.aws;
  const found: Access[] = [];
  const kept: Spared[] = [];
  const [control, identities] = await inTurn(
    cloudfront.findOriginAccessControl(originAccessControlName(name)),
    cloudfront.listOriginAccessIdentities(),
  );
  if (control !== undefined) {
    const thing = { resource: 'cloudfront-origin-access-control', id: control.name } as const;
    if (control.description === originAccessControlDescription(name)) {
      const remove: Access['remove'] = async (where) =>
        await deleteOriginAccessControl(where, control);
      found.push({ id: control.id, thing, remove });
    } else {
      kept.push({ ...thing, reason: `its description is "${control.description}"` });
    }
  }
  for (const { id, comment } of identities) {
    if (comment !== ccoctlReference(name)) continue;
    found.push({
      id,
      thing: { resource: 'cloudfront-origin-access-identity', id },
      remove: async (where) => await deleteOriginAccessIdentity(where, id),
    });
  }
  return { found, blocked: [], kept };
}

/** What distributions of others read their origins with stays. */
export function withoutUsed(
  access: Found<Access>,
  others: readonly DistributionSummary[],
): Found<Access> {
  const userOf = ({ id }: Access): DistributionSummary | undefined =>
    others.find(({ originAccessIds }) => originAccessIds.includes(id));
  const blocked = access.found.flatMap((one) => {
    const user = userOf(one);
    const reason = `distribution "${user?.id ?? ''}", which is not ours, uses it`;
    return user === undefined ? [] : [{ ...one.thing, reason }];
  });
  return {
    ...access,
    found: access.found.filter((one) => userOf(one) === undefined),
    blocked: [...access.blocked, ...blocked],
  };
}
