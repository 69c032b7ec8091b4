// Ownership is a tag. A resource with neither our tag nor ccoctl's is never touched.

/** Tags by key. */
export type Tags = { readonly [key: string]: string };

/** Key of the tag that makes a resource ours. */
export function ownerTagKey(name: string): string {
  return `oidc-bootstrap/${name}`;
}

/** Key of the tag by which ccoctl owns a resource. */
export function ccoctlTagKey(name: string): string {
  return `openshift.io/cloud-credential-operator/${name}`;
}

/** Key of the tag that records whose Secret a role is for: `<namespace>/<secret>`. */
export function requestTagKey(name: string): string {
  return `${ownerTagKey(name)}/request`;
}

/** Key of the tag that records the managed policies which this program attached to a role. */
export function policiesTagKey(name: string): string {
  return `${ownerTagKey(name)}/policies`;
}

/** The tags of everything created, with the user's own (`--tag`). */
export function ownTags(name: string, extra: Tags = {}): Tags {
  return { ...extra, [ownerTagKey(name)]: 'owned', Name: name };
}

/**
 * The owner of a resource: `ccoctl` also after our tag was added (an adopted resource keeps its
 * layout); `foreign` is never changed.
 */
export function ownership(name: string, tags: Tags): 'ours' | 'ccoctl' | 'foreign' {
  if (tags[ccoctlTagKey(name)] === 'owned') return 'ccoctl';
  return tags[ownerTagKey(name)] === 'owned' ? 'ours' : 'foreign';
}

/** Other cluster names that the tags say the resource was made for. */
export function otherOwners(name: string, tags: Tags): readonly string[] {
  const owners = Object.entries(tags).flatMap(([key, value]) => {
    const owner = /^(?:oidc-bootstrap|openshift\.io\/cloud-credential-operator)\/([^/]+)$/.exec(
      key,
    );
    return value === 'owned' && owner?.[1] !== undefined ? [owner[1]] : [];
  });
  return [...new Set(owners)].filter((owner) => owner !== name);
}

/**
 * The wanted tags that are absent or differ. Other tags are kept, and so is an existing Name tag: it
 * does not mark ownership. IAM treats `name` as the same key.
 */
export function missingTags(wanted: Tags, found: Tags): Tags {
  const named = Object.keys(found).some((key) => key.toLowerCase() === 'name');
  return Object.fromEntries(
    Object.entries(wanted).filter(
      ([key, value]) => found[key] !== value && !(named && key === 'Name'),
    ),
  );
}

/** As AWS requests take them: `[{Key, Value}]`. */
export function tagList(tags: Tags): readonly { readonly Key: string; readonly Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

const tagText = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** What is wrong with a user's tag, or undefined. Limits: the smaller one of IAM's and S3's. */
export function tagProblem(key: string, value: string): string | undefined {
  if (key === '' || key.length > 128) return 'a tag key has 1 to 128 characters';
  if (value.length > 256) return 'a tag value has at most 256 characters';
  if (!tagText.test(key) || !tagText.test(value)) {
    return 'tags may hold letters, digits, spaces and _ . : / = + - @';
  }
  if (/^aws:/i.test(key)) return 'tag keys beginning with "aws:" are reserved by AWS';
  if (
    /^oidc-bootstrap\//i.test(key) ||
    /^openshift\.io\/cloud-credential-operator\//i.test(key) ||
    /^oidc-bootstrap-hosting$/i.test(key) ||
    /^name$/i.test(key)
  ) {
    return 'this tag marks ownership and cannot be set by hand';
  }
  return undefined;
}
