// Fetching the issuer's documents, against a server on this machine.

import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { UsageError } from '../../../src/core/errors.ts';
import { edgeTemplate, issuerFetch } from '../../../src/local/issuer-fetch.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function edgeOf(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}/_edge/{host}`;
}

const url = 'https://d1.cloudfront.net/.well-known/openid-configuration';

describe('a document', () => {
  test('is fetched through the edge by its host and path', async () => {
    const edge = await edgeOf((request, response) => {
      response.setHeader('Cache-Control', 'public, max-age=300');
      response.end(`${request.method} ${request.url}`);
    });
    const document = await issuerFetch(edge)(url);
    expect(document).toMatchObject({
      ok: true,
      status: 200,
      body: 'GET /_edge/d1.cloudfront.net/.well-known/openid-configuration',
      headers: { 'cache-control': 'public, max-age=300' },
    });
  });

  test('behind a redirect is not fetched, as STS does not follow redirects', async () => {
    const edge = await edgeOf((_, response) => {
      response.writeHead(302, { location: 'https://example.com/' }).end();
    });
    expect(await issuerFetch(edge)(url)).toMatchObject({ ok: true, status: 302 });
  });

  test('of more than 1 MiB is refused', async () => {
    const edge = await edgeOf((_, response) => response.end('x'.repeat(1024 * 1024 + 1)));
    expect(await issuerFetch(edge)(url)).toEqual({
      ok: false,
      reason: 'the answer is larger than 1 MiB',
      tooLarge: true,
    });
  });

  test('that is incomplete is an error', async () => {
    const edge = await edgeOf((_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => response.destroy());
    });
    expect(await issuerFetch(edge)(url)).toEqual({ ok: false, reason: 'ECONNRESET' });
  });

  test('of a host that does not answer is an error with the reason', async () => {
    const edge = await edgeOf(() => {});
    servers.splice(0)[0]?.close();
    expect(await issuerFetch(edge)(url)).toEqual({ ok: false, reason: 'ECONNREFUSED' });
  });

  test('is fetched over https only, unless there is an edge', async () => {
    expect(await issuerFetch(undefined)('http://127.0.0.1:1/keys.json')).toMatchObject({
      ok: false,
    });
  });
});

describe('the edge', () => {
  test.each([
    'http://127.0.0.1:4566/_edge/{host}',
    'http://localhost:4566/{host}',
    'http://[::1]:4566/{host}',
  ])('%s is accepted', (edge) => {
    expect(edgeTemplate(edge)).toBe(edge);
  });

  test.each([
    'http://10.0.0.1/{host}',
    'http://example.com/{host}',
    'http://127.0.0.1.example.com/{host}',
    'https://127.0.0.1/{host}',
    'http://127.0.0.1:4566/',
    'http://{host}/',
    'http://me@127.0.0.1/{host}',
    'nonsense',
  ])('%s is a usage error', (edge) => {
    expect(() => edgeTemplate(edge)).toThrow(UsageError);
  });

  test.each([undefined, ''])('"%s" is no edge', (edge) => {
    expect(edgeTemplate(edge)).toBeUndefined();
  });
});
