// Stands between the program and moto: writes down which operation each call is, keeps what moto cannot
// bear (conditional-denials.ts), and plays the viewer edge, which moto does not have, from its bucket.

import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseIncoming, readBody } from '../local-aws/wire/http-request.ts';
import { operationOf } from '../local-aws/operations.ts';
import { policyKeeper } from './conditional-denials.ts';

export type ProxiedCall = {
  /** `s3:PutObject` */
  readonly operation: string;
  readonly write: boolean;
  readonly status: number;
};

export type RecordingProxy = {
  readonly endpoint: string;
  /** For OIDC_BOOTSTRAP_EDGE_URL: every host is answered with the objects of `bucket`. */
  readonly edgeUrl: string;
  /** In order of arrival; those of the edge are not among them. */
  readonly calls: ProxiedCall[];
  readonly close: () => Promise<void>;
};

/** Starts a proxy to `target` on a free port. */
export async function startRecordingProxy(target: string, bucket: string): Promise<RecordingProxy> {
  const calls: ProxiedCall[] = [];

  const policy = policyKeeper();

  async function serveEdge(key: string): Promise<Reply> {
    const headers = { authorization: signedByAnyone };
    const path = `/${bucket}${key}`;
    return forward(target, { method: 'GET', path, headers, body: Buffer.alloc(0) });
  }

  async function serveCall(message: http.IncomingMessage): Promise<Reply> {
    const body = await readBody(message);
    const { service, request } = parseIncoming(message, body, 'aws');
    const { operation, write } = operationOf(service, request, 'aws');
    const sent = {
      method: request.method,
      path: message.url ?? '/',
      headers: message.headers,
      body,
    };
    let reply: Reply;
    if (operation === 's3:PutBucketPolicy') {
      const taken = Buffer.from(policy.taken(body.toString('utf8')));
      reply = await forward(target, {
        ...sent,
        headers: withoutDigests(sent.headers),
        body: taken,
      });
    } else {
      reply = await forward(target, sent);
    }
    calls.push({ operation, write, status: reply.status });
    if (operation !== 's3:GetBucketPolicy' || reply.status !== 200) return reply;
    const { 'content-length': _, ...headers } = reply.headers;
    return { ...reply, headers, body: Buffer.from(policy.kept() ?? '') };
  }

  async function serve(message: http.IncomingMessage, answer: http.ServerResponse): Promise<void> {
    const key = /^\/_edge\/[^/]+(\/.*)$/.exec(message.url ?? '')?.[1];
    const reply = key === undefined ? await serveCall(message) : await serveEdge(key);
    answer.writeHead(reply.status, reply.headers);
    answer.end(reply.body);
  }

  const server = http.createServer((message, answer) => {
    serve(message, answer).catch((error: unknown) => {
      answer.writeHead(502);
      answer.end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    endpoint,
    edgeUrl: `${endpoint}/_edge/{host}`,
    calls,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** moto answers whoever looks signed, and checks no signature. */
const signedByAnyone =
  'AWS4-HMAC-SHA256 Credential=AKIAEDGE/20261101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0';

/** The headers that say what the body was before it was changed. */
function withoutDigests(headers: http.IncomingHttpHeaders): http.IncomingHttpHeaders {
  const digest =
    /^(?:content-length|content-md5|x-amz-(?:checksum|sdk-checksum|content-sha256).*)$/;
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !digest.test(name)));
}

type Sent = {
  readonly method: string;
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
};

type Reply = {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
};

async function forward(target: string, sent: Sent): Promise<Reply> {
  const { method, path, body } = sent;
  const headers = { ...sent.headers, host: new URL(target).host };
  return new Promise((resolve, reject) => {
    const request = http.request(new URL(path, target), { method, headers }, (response) => {
      readBody(response).then((text) => {
        const { 'transfer-encoding': _, ...kept } = response.headers;
        resolve({ status: response.statusCode ?? 502, headers: kept, body: text });
      }, reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}
