// A plain HTTP server that returns the answers of a test and records the requests, for tests of what is
// sent. It has no rules of AWS; those are in test/local-aws.

import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { connectAws } from '../../../src/aws/clients.ts';
import type { Aws } from '../../../src/aws/ports.ts';

/** A request as it arrived. */
export type WireRequest = {
  readonly method: string;
  /** Path and query, undecoded. */
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
};

/** An answer, or `drop` to close the connection without an answer. */
export type WireAnswer =
  | 'drop'
  | {
      readonly status: number;
      readonly body?: string;
      readonly headers?: { readonly [name: string]: string };
    };

export type ScriptedServer = {
  readonly url: string;
  readonly requests: readonly WireRequest[];
  readonly close: () => Promise<void>;
};

/** Starts on a free port; `answer` is called for each request, numbered from 0. */
export async function startScriptedServer(
  answer: (request: WireRequest, index: number) => WireAnswer,
): Promise<ScriptedServer> {
  const requests: WireRequest[] = [];
  const server = http.createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const request: WireRequest = {
        method: incoming.method ?? '',
        url: incoming.url ?? '',
        headers: incoming.headers,
        body: Buffer.concat(chunks).toString('utf8'),
      };
      requests.push(request);
      const said = answer(request, requests.length - 1);
      if (said === 'drop') {
        incoming.socket.destroy();
        return;
      }
      outgoing.writeHead(said.status, { 'content-type': 'text/xml', ...said.headers });
      outgoing.end(said.body ?? '');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Environment with keys that only a test server accepts. */
export const testKeys = {
  AWS_ACCESS_KEY_ID: 'AKIAOWNER',
  AWS_SECRET_ACCESS_KEY: 'secret',
} as const;

/** A connection to a scripted server, by default in eu-west-1. */
export function connectTo(
  server: Pick<ScriptedServer, 'url'>,
  options: { readonly region?: string; readonly env?: { readonly [name: string]: string } } = {},
): Aws {
  return connectAws({
    region: options.region ?? 'eu-west-1',
    profile: undefined,
    endpointUrl: server.url,
    env: { ...testKeys, ...options.env },
  });
}

/** An error in the format of IAM, STS and CloudFront. */
export function queryError(code: string, message: string, status = 400): WireAnswer {
  return {
    status,
    body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>r-1</RequestId></ErrorResponse>`,
  };
}

/** An error in the format of S3. */
export function s3Error(code: string, message: string, status: number): WireAnswer {
  return {
    status,
    body: `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message><RequestId>r-1</RequestId></Error>`,
  };
}
