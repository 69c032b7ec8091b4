// Writes answers of the AWS query protocol: XML with a result wrapper and a request id.
// Values are escaped here and nowhere else.

import { randomUUID } from 'node:crypto';
import type { AwsResponse } from './protocol.ts';

/** A value of an answer: lists become `<member>` elements, Maps `<entry>`s; undefined is left out. */
export type XmlValue =
  | string
  | number
  | boolean
  | Date
  | readonly XmlValue[]
  | ReadonlyMap<string, string | number>
  | { readonly [name: string]: XmlValue | undefined };

/** An answer's result, or undefined for operations that give none. */
export type QueryResult = { readonly [name: string]: XmlValue | undefined } | undefined;

/** Renders 200 with `<ActionResponse><ActionResult>`; the namespace is the service's. */
export function queryResponse(answer: {
  readonly action: string;
  readonly namespace: string;
  readonly result: QueryResult;
}): AwsResponse {
  const requestId = randomUUID();
  const result =
    answer.result === undefined
      ? ''
      : `<${answer.action}Result>${render(answer.result)}</${answer.action}Result>`;
  const body =
    `<${answer.action}Response xmlns="${answer.namespace}">${result}` +
    `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>` +
    `</${answer.action}Response>`;
  return {
    status: 200,
    headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId },
    body,
  };
}

/** Text with the five XML characters and control characters escaped. */
export function escapeXml(text: string): string {
  return text.replaceAll(/[&<>"'\r\n\t]/g, (found) => `&#${found.charCodeAt(0)};`);
}

function render(value: XmlValue): string {
  if (value instanceof Date) return `${value.toISOString().slice(0, 19)}Z`;
  if (Array.isArray(value)) {
    return value.map((item: XmlValue) => `<member>${render(item)}</member>`).join('');
  }
  if (value instanceof Map) {
    return [...value]
      .map(([key, item]) => `<entry><key>${escapeXml(key)}</key><value>${item}</value></entry>`)
      .join('');
  }
  if (typeof value !== 'object') return escapeXml(String(value));
  return Object.entries(value)
    .filter((entry): entry is [string, XmlValue] => entry[1] !== undefined)
    .map(([name, member]) => `<${name}>${render(member)}</${name}>`)
    .join('');
}

/** Tags as the answers of IAM list them. */
export function tagMembers(
  tags: readonly { readonly key: string; readonly value: string }[],
): readonly XmlValue[] {
  return tags.map(({ key, value }) => ({ Key: key, Value: value }));
}

/** A policy document as IAM gives it back: every octet but RFC 3986's unreserved ones escaped. */
export function encodeDocument(document: string): string {
  return encodeURIComponent(document).replaceAll(
    /[!'()*]/g,
    (found) => `%${found.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
