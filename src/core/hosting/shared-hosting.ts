// One hosting for many clusters: each has a prefix of the bucket, which is its name and the path of its
// issuer. A tag tells such a hosting from the hosting of a single cluster.

import type { Tags } from '../tags.ts';

/** Marks the bucket and the distribution of a shared hosting, beside the tag with its name. */
export const sharedHostingTags: Tags = { 'oidc-bootstrap-hosting': 'shared' };

/** Whether a resource with these tags is of a shared hosting. */
export function isSharedHosting(tags: Tags): boolean {
  return Object.entries(sharedHostingTags).every(([key, value]) => tags[key] === value);
}

/** Names that begin the path of a document, so that they cannot be a prefix. Others of that kind have dots. */
const reservedNames = ['openid'];

/** Why a cluster of that name cannot be on the hosting, or undefined; the text follows the name. */
export function sharedNameProblem(name: string, hosting: string): string | undefined {
  if (reservedNames.includes(name)) {
    return 'begins the path of a document, so a cluster on a shared hosting cannot have this name';
  }
  return name === hosting
    ? 'is the name of the hosting too; give the cluster a name of its own'
    : undefined;
}

/** The key of an object: below the prefix, where there is one. */
export function objectKey(prefix: string | undefined, key: string): string {
  return prefix === undefined ? key : `${prefix}/${key}`;
}

/**
 * The shared hosting of an issuer: its path is the cluster, and the comment of the distribution that
 * serves it names the hosting. Undefined for an issuer with a hosting of its own.
 */
export function sharedHostingOf(
  issuer: string,
  name: string,
  distributions: readonly {
    readonly domainName: string;
    readonly aliases: readonly string[];
    readonly comment: string;
  }[],
): string | undefined {
  const { host, pathname } = new URL(issuer);
  if (pathname !== `/${name}`) return undefined;
  const serving = distributions.find(
    ({ domainName, aliases }) => domainName === host || aliases.includes(host),
  );
  return /^oidc-bootstrap\/([a-z0-9-]+)$/.exec(serving?.comment ?? '')?.[1];
}
