// What CloudFront answered and the SDK left out: it drops, without a word, members that its release does
// not know, and an update built on what is left would take them off the distribution.
// Loaded with the SDK only.

import { buffer } from 'node:stream/consumers';
import type { DistributionConfig, GetDistributionCommand } from '@aws-sdk/client-cloudfront';
import { parseXML } from '@aws-sdk/xml-builder';
import { isJsonObject } from '../core/json.ts';

/** Keeps the answer of a command as it comes; the function gives it afterwards. */
export function keepRawAnswer(command: GetDistributionCommand): () => string {
  let raw = '';
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const response = result.response as { statusCode: number; body: AsyncIterable<Uint8Array> };
      if (response.statusCode !== 200) return result;
      const body = await buffer(response.body);
      raw = body.toString('utf8');
      return { ...result, response: Object.assign(response, { body }) };
    },
    // Low: between the deserializer and the wire.
    { name: 'keepRawAnswer', step: 'deserialize', priority: 'low' },
  );
  return () => raw;
}

/** Paths of the members in a raw GetDistribution answer that are not in the configuration read from it. */
export function unknownSettings(
  raw: string,
  config: DistributionConfig | undefined,
): readonly string[] {
  const answer: unknown = parseXML(raw);
  return unread(memberOf(memberOf(answer, 'Distribution'), 'DistributionConfig'), config, '');
}

/** An element against the value it was read into. A list is one element deeper in XML than in the SDK. */
function unread(element: unknown, value: unknown, path: string): readonly string[] {
  if (isEmpty(element)) return [];
  if (value === undefined) return [path];
  if (Array.isArray(value)) {
    const items = isJsonObject(element) ? Object.values(element).flat() : [];
    return items.flatMap((item, index) => unread(item, value[index], `${path}[${index}]`));
  }
  if (!isJsonObject(element)) return [];
  return Object.entries(element).flatMap(([name, child]) =>
    unread(child, memberOf(value, name), path === '' ? name : `${path}.${name}`),
  );
}

/** Nothing is lost with an empty element or list. */
function isEmpty(element: unknown): boolean {
  if (!isJsonObject(element)) return element === undefined || element === '';
  const { Quantity, ...others } = element;
  return Quantity === '0' && Object.values(others).every(isEmpty);
}

function memberOf(value: unknown, name: string): unknown {
  return isJsonObject(value) ? value[name] : undefined;
}
