// Tag sets of buckets and objects: charset, sizes, numbers (facts 3.2).

import { AwsFault } from '../wire/protocol.ts';
import { childText, type XmlNode, type XmlValue } from '../wire/xml.ts';

const allowed = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** Checks tags in S3's way: 400 `InvalidTag`, or `BadRequest` above `limit`. */
export function checkTags(
  tags: readonly { readonly key: string; readonly value: string }[],
  limit: number,
): { [key: string]: string } {
  if (tags.length > limit) {
    throw new AwsFault(400, 'BadRequest', `Tag count cannot be greater than ${limit}`);
  }
  const result: { [key: string]: string } = {};
  for (const { key, value } of tags) {
    if (key.length === 0 || key.length > 128 || !allowed.test(key)) {
      throw new AwsFault(400, 'InvalidTag', 'The TagKey you have provided is invalid');
    }
    if (key.startsWith('aws:')) {
      throw new AwsFault(400, 'InvalidTag', 'System tags cannot be added/updated by requester');
    }
    if (value.length > 256 || !allowed.test(value)) {
      throw new AwsFault(400, 'InvalidTag', 'The TagValue you have provided is invalid');
    }
    if (Object.hasOwn(result, key)) {
      throw new AwsFault(400, 'InvalidTag', 'Cannot provide multiple Tags with the same key');
    }
    result[key] = value;
  }
  return result;
}

/** Reads `<Tag><Key/><Value/></Tag>...` below the given element. */
export function readTagSet(node: XmlNode, limit: number): { [key: string]: string } {
  const tags = node.children
    .filter((tag) => tag.name === 'Tag')
    .map((tag) => ({ key: childText(tag, 'Key') ?? '', value: childText(tag, 'Value') ?? '' }));
  return checkTags(tags, limit);
}

/** The `<TagSet>` of an answer. */
export function tagSet(tags: { readonly [key: string]: string }): XmlValue {
  return { TagSet: { Tag: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) } };
}
