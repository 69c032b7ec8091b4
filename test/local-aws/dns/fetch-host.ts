// What `https://<host><path>` answers to an outsider: a web server of the test, CloudFront's edge or
// S3, by what DNS says of the host.

import { request } from 'node:https';
import { fetchEdge, UnreachableHost, type EdgeRequest } from '../cloudfront/edge.ts';
import type { EdgeAnswer, World } from '../wire/protocol.ts';

const timeoutMs = 5_000;

/** Fetches; throws `UnreachableHost` where nobody answers, or no certificate that is trusted. */
export async function fetchHost(wanted: EdgeRequest, world: World): Promise<EdgeAnswer> {
  const server = world.dns.webServers.get(wanted.host);
  if (server === undefined) return fetchEdge(wanted, world);
  return new Promise((resolve, reject) => {
    const refuse = (): void => reject(new UnreachableHost(wanted.host));
    const sent = request(
      {
        host: '127.0.0.1',
        port: server.port,
        servername: wanted.host,
        ...(server.ca === undefined ? {} : { ca: server.ca }),
        path: wanted.path,
        method: wanted.method ?? 'GET',
        headers: { host: wanted.host },
        timeout: timeoutMs,
        agent: false,
      },
      (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part));
        answer.on('error', refuse);
        answer.on('end', () => {
          const headers = Object.fromEntries(
            Object.entries(answer.headers).flatMap(([name, value]) =>
              typeof value === 'string' ? [[name, value]] : [],
            ),
          );
          delete headers['transfer-encoding'];
          delete headers['connection'];
          resolve({ status: answer.statusCode ?? 0, headers, body: Buffer.concat(parts) });
        });
      },
    );
    sent.on('timeout', () => sent.destroy(new Error('no answer in time')));
    sent.on('error', refuse);
    sent.end();
  });
}
