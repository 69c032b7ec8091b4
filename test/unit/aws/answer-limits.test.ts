// Answers that are too large, too slow, or never begin.

import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { requestHandler } from '../../../src/aws/request-handler.ts';
import { createClient, GetCallerIdentityCommand } from '../../../src/aws/sts.ts';
import { issuerFetch } from '../../../src/local/issuer-fetch.ts';
import { connectTo } from './scripted-server.ts';

const servers: http.Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

type Running = { readonly url: string; readonly count: () => number };

async function serve(answer: (response: http.ServerResponse) => void): Promise<Running> {
  let count = 0;
  const server = http.createServer((_, response) => {
    count += 1;
    answer(response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, count: () => count };
}

/** Sends until the connection is closed. */
function endless(response: http.ServerResponse): void {
  const chunk = Buffer.alloc(256 * 1024, 'x');
  const more = (): void => {
    while (!response.destroyed && response.write(chunk));
    if (!response.destroyed) response.once('drain', more);
  };
  more();
}

/** One byte every few milliseconds. */
function dripping(response: http.ServerResponse): void {
  const timer = setInterval(() => response.write('x'), 20);
  response.on('close', () => clearInterval(timer));
}

describe('an answer of AWS', () => {
  it.each([200, 400])(
    'that does not end, with status %i, is aborted and not requested again',
    async (status) => {
      const server = await serve((response) => {
        response.writeHead(status);
        endless(response);
      });
      await expect(connectTo(server).sts.getCaller()).rejects.toMatchObject({
        code: 'AWS_REQUEST_FAILED',
        message: expect.stringMatching(
          /was too large or too slow \(AnswerTooLarge: .* 16777216 bytes\)$/,
        ),
        hint: expect.stringContaining('--endpoint-url'),
      });
      expect(server.count()).toBe(1);
    },
  );

  it.each([
    ['that drips', dripping],
    ['that never comes', () => {}],
  ])('%s is aborted and not requested again', async (_, answer) => {
    const server = await serve(answer);
    const client = createClient({
      region: 'eu-west-1',
      profile: undefined,
      endpoint: server.url,
      credentials: { accessKeyId: 'AKIAOWNER', secretAccessKey: 'secret' },
      env: {},
      clock: { latest: undefined },
      agentFor: undefined,
      handler: requestHandler({
        agentFor: undefined,
        onSecret: undefined,
        limits: { bytes: 1024 * 1024, milliseconds: 300 },
      }),
      onSecret: undefined,
    });
    await expect(client.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      code: 'AnswerTooSlow',
    });
    expect(server.count()).toBe(1);
  });
});

describe('a document of the issuer', () => {
  it('that arrives too slowly is aborted after five seconds', async () => {
    const { url } = await serve(dripping);
    const fetched = await issuerFetch(`${url}/{host}`)('https://issuer.test/keys.json');
    expect(fetched).toEqual({ ok: false, reason: 'no answer within 5 s' });
  });

  it('that does not end is aborted', async () => {
    const { url } = await serve(endless);
    const fetched = await issuerFetch(`${url}/{host}`)('https://issuer.test/keys.json');
    expect(fetched).toMatchObject({ ok: false, reason: expect.stringContaining('larger than') });
  });
});
