// An HTTP message as a parsed request, whichever way the client addressed its bucket.

import type { IncomingMessage } from 'node:http';
import { senderOf, type Sender } from '../credentials.ts';
import type { Service } from '../operations.ts';
import type { AwsRequest } from './protocol.ts';

/** The request, the service it is meant for, and its sender. */
export type Incoming = {
  readonly service: Service;
  readonly sender: Sender;
  readonly request: AwsRequest;
};

/** Reads the whole body. */
export async function readBody(message: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** The bucket in the host name (`bucket.localhost`), which path-style requests do not have. */
function bucketOfHost(host: string): string | undefined {
  return /^(.+)\.(?:localhost|s3[.-][a-z0-9.-]*amazonaws\.[a-z.]+)(?::\d+)?$/.exec(host)?.[1];
}

const services = ['s3', 'cloudfront', 'iam', 'sts', 'acm', 'route53'] as const;

function serviceOf(sender: Sender, path: string, body: Buffer): Service {
  const { service } = sender;
  const known = services.find((one) => one === service);
  if (known !== undefined) return known;
  if (path.startsWith('/2020-05-31/')) return 'cloudfront';
  // Unsigned: the AWS query protocol says by its API version which service is meant.
  const form = new URLSearchParams(body.toString('utf8'));
  if (!form.has('Action')) return 's3';
  return form.get('Version') === '2010-05-08' ? 'iam' : 'sts';
}

/** Parses a message whose body has been read. */
export function parseIncoming(message: IncomingMessage, body: Buffer, partition: string): Incoming {
  const sender = senderOf(message.headers.authorization, partition);
  const url = new URL(message.url ?? '/', 'http://localhost');
  const pathname = decodeURIComponent(url.pathname);
  const service = serviceOf(sender, pathname, body);
  const bucket = service === 's3' ? bucketOfHost(message.headers.host ?? '') : undefined;
  const headers: { [name: string]: string | undefined } = {};
  for (const [name, value] of Object.entries(message.headers)) {
    headers[name] = Array.isArray(value) ? value.join(',') : value;
  }
  return {
    service,
    sender,
    request: {
      method: message.method ?? 'GET',
      path: bucket === undefined ? pathname : `/${bucket}${pathname}`,
      query: url.searchParams,
      headers,
      body,
      account: sender.account,
      callerArn: sender.callerArn,
      region: sender.region,
    },
  };
}
