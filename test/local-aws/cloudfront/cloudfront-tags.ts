// Tags of distributions: in the creating call, listed, added and removed (facts 4.2).

import type { Tags } from '@aws-sdk/client-cloudfront';
import { resourceAnswer, signedAccount } from './cloudfront-answers.ts';
import { readShape, tagKeys, tags as tagsShape, writeShape } from './cloudfront-shapes.ts';
import type { LocalDistribution } from './cloudfront-state.ts';
import { AwsFault, type AwsRequest, type AwsResponse, type World } from '../wire/protocol.ts';
import { parseXml } from '../wire/xml.ts';

const allowed = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** `existing` with the sent tags over it; 400 `InvalidTagging` where CloudFront refuses. */
export function checkCloudFrontTags(
  sent: Tags,
  existing: { readonly [key: string]: string },
): { [key: string]: string } {
  const result = { ...existing };
  const keys = new Set<string>();
  for (const { Key: key = '', Value: value = '' } of sent.Items ?? []) {
    const valid =
      key.length > 0 &&
      key.length <= 128 &&
      value.length <= 256 &&
      allowed.test(key) &&
      allowed.test(value) &&
      !key.startsWith('aws:') &&
      !keys.has(key);
    if (!valid) {
      throw new AwsFault(400, 'InvalidTagging', `The specified tagging is invalid: ${key}`);
    }
    keys.add(key);
    result[key] = value;
  }
  if (Object.keys(result).length > 50) {
    throw new AwsFault(400, 'InvalidTagging', 'The number of tags exceeds the maximum of 50.');
  }
  return result;
}

function taggedResource(request: AwsRequest, world: World): LocalDistribution {
  const account = signedAccount(request);
  const arn = request.query.get('Resource') ?? '';
  const found = [...world.cloudfront.distributions.values()].find(
    (distribution) => distribution.arn === arn && distribution.account === account,
  );
  if (found !== undefined) return found;
  if (!/^arn:[a-z-]+:cloudfront::\d{12}:distribution\/[A-Z0-9]+$/.test(arn)) {
    throw new AwsFault(400, 'InvalidArgument', `Invalid ARN: ${arn}`);
  }
  throw new AwsFault(404, 'NoSuchResource', `The resource ${arn} was not found.`);
}

/** ListTagsForResource. */
export function listTags(request: AwsRequest, world: World): AwsResponse {
  const { tags } = taggedResource(request, world);
  const items = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  return resourceAnswer({ name: 'Tags', value: writeShape({ Items: items }, tagsShape) });
}

/** TagResource: adds, or replaces values. */
export function tagResource(request: AwsRequest, world: World): AwsResponse {
  const distribution = taggedResource(request, world);
  const sent = readShape(parseXml(request.body), tagsShape, 'Tags') as Tags;
  distribution.tags = checkCloudFrontTags(sent, distribution.tags);
  return { status: 204 };
}

/** UntagResource. */
export function untagResource(request: AwsRequest, world: World): AwsResponse {
  const distribution = taggedResource(request, world);
  const { Items } = readShape(parseXml(request.body), tagKeys, 'TagKeys') as { Items?: string[] };
  for (const key of Items ?? []) delete distribution.tags[key];
  return { status: 204 };
}
