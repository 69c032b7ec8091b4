// What answers in place of AWS: pages of a portal, redirects, broken HTTP, XML that is made to harm, lists
// that never end. Each is one clear error after one request, and no signed request goes to another host.

import { once } from 'node:events';
import * as net from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { pagesOf } from '../../../src/aws/pages.ts';
import { requestHandler } from '../../../src/aws/request-handler.ts';
import { createClient, GetCallerIdentityCommand } from '../../../src/aws/sts.ts';
import { issuerFetch } from '../../../src/local/issuer-fetch.ts';
import { connectTo } from './scripted-server.ts';

const servers: net.Server[] = [];
const sockets = new Set<net.Socket>();
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

type Running = { readonly url: string; readonly requests: () => number };

/** Answers each request with these bytes. */
async function serve(answer: (socket: net.Socket) => void): Promise<Running> {
  let requests = 0;
  const server = net.createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    socket.on('data', (data) => {
      if (!data.includes('\r\n\r\n')) return;
      requests += 1;
      answer(socket);
    });
  });
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as net.AddressInfo;
  return { url: `http://127.0.0.1:${port}`, requests: () => requests };
}

const http = (body: string | Buffer, headers = '', status = '200 OK'): Buffer =>
  Buffer.concat([
    Buffer.from(`HTTP/1.1 ${status}\r\n${headers}content-length: ${body.length}\r\n\r\n`),
    Buffer.from(body),
  ]);
const caller = (inner: string): string =>
  `<GetCallerIdentityResponse><GetCallerIdentityResult>${inner}</GetCallerIdentityResult></GetCallerIdentityResponse>`;
const account = '<Account>111122223333</Account>';
const bomb = Array.from(
  { length: 9 },
  (_, n) => `<!ENTITY a${n + 1} "${`&a${n};`.repeat(10)}">`,
).join('');
const deep = '<a>'.repeat(100_000);

const strange = 'the answer to sts:GetCallerIdentity is not one of AWS';
const noAccount = 'sts:GetCallerIdentity answered without an account';

describe('an answer that is not one of AWS', () => {
  it.each<[string, Buffer, string]>([
    ['a text', http('hello <world'), strange],
    ['the page of a portal', http('<!DOCTYPE html><html><p>log in</p></html>'), noAccount],
    ['JSON', http('{"Account":"111122223333"}'), strange],
    ['nothing', http(''), noAccount],
    ['XML that is nested deeply', http(deep + deep.replaceAll('<', '</')), strange],
    ['XML that is nested deeply and never closed', http(deep), strange],
    ['an error that is nested deeply', http(deep, '', '400 Bad Request'), strange],
    [
      'an entity bomb',
      http(`<!DOCTYPE x [<!ENTITY a0 "a">${bomb}]>${caller(`<Arn>&a9;</Arn>${account}`)}`),
      noAccount,
    ],
    [
      'an entity of a file',
      http(`<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>${caller('<Arn>&e;</Arn>')}`),
      noAccount,
    ],
    [
      'members of every object',
      http(caller('<__proto__><polluted>1</polluted></__proto__><constructor>1</constructor>')),
      strange,
    ],
    [
      'a packed bomb',
      http(gzipSync(Buffer.alloc(30_000_000)), 'content-encoding: gzip\r\n'),
      strange,
    ],
    ['a very long ARN', http(caller(`<Arn>${'x'.repeat(300_000)}</Arn>`)), noAccount],
    ['a negative length', Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\nabc'), strange],
    ['headers without an end', Buffer.from(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(99_000)}`), strange],
    ['another protocol', Buffer.from('SSH-2.0-OpenSSH\r\n'), strange],
  ])('is refused: %s', async (_, bytes, message) => {
    const server = await serve((socket) => void socket.write(bytes));
    const [read] = await Promise.allSettled([connectTo(server).sts.getCaller()]);
    expect(read).toMatchObject({
      reason: {
        code: 'AWS_REQUEST_FAILED',
        message: expect.stringContaining(message),
        hint: expect.stringContaining('--endpoint-url'),
      },
    });
    expect(String((read as PromiseRejectedResult).reason).length).toBeLessThan(1000);
    expect(server.requests()).toBe(1);
    expect({}).not.toHaveProperty('polluted');
  });

  it('is not taken for "there is none": a role, a provider, a distribution', async () => {
    const server = await serve((socket) => void socket.write(http('<html></html>')));
    const { iam, cloudfront } = connectTo(server);
    const reads = await Promise.allSettled([
      iam.getRole('c-a-b'),
      iam.getOidcProvider('arn:aws:iam::111122223333:oidc-provider/a.example.com'),
      cloudfront.getDistribution('E1'),
    ]);
    for (const read of reads) {
      expect(read).toMatchObject({ reason: { awsCode: 'UnreadableAnswer' } });
    }
  });

  it('that goes on with "100 Continue" is given up in time', async () => {
    const server = await serve((socket) => {
      const more = setInterval(() => socket.write('HTTP/1.1 100 Continue\r\n\r\n'), 10);
      socket.on('close', () => clearInterval(more));
    });
    const limits = { bytes: 1024, milliseconds: 300 };
    const client = createClient({
      region: 'eu-west-1',
      profile: undefined,
      endpoint: server.url,
      credentials: { accessKeyId: 'AKIAOWNER', secretAccessKey: 'secret' },
      env: {},
      clock: { latest: undefined },
      agentFor: undefined,
      handler: requestHandler({ agentFor: undefined, onSecret: undefined, limits }),
      onSecret: undefined,
    });
    const call = client.send(new GetCallerIdentityCommand({}));
    await expect(call).rejects.toMatchObject({ code: 'AnswerTooSlow' });
    expect(server.requests()).toBe(1);
  });
});

describe('a redirect', () => {
  it.each(['301 Moved', '302 Found', '307 Temporary Redirect', '308 Permanent Redirect'])(
    'with status %s is not followed by a signed request',
    async (status) => {
      const other = await serve((socket) => void socket.write(http('{}')));
      const headers = `location: ${other.url}/\r\nx-amz-bucket-region: x.${new URL(other.url).host}/\r\n`;
      const server = await serve((socket) => void socket.write(http('', headers, status)));
      const { sts, s3, iam, cloudfront } = connectTo(server, { env: { AWS_MAX_ATTEMPTS: '1' } });
      const ref = { bucket: 'b', account: '111122223333' };
      const reads = await Promise.allSettled([
        sts.getCaller(),
        s3.headBucket(ref),
        s3.getObject(ref, 'keys.json'),
        iam.getRole('r'),
        cloudfront.listDistributions(),
      ]);
      for (const read of reads) {
        expect(read).toMatchObject({ reason: { code: 'AWS_REQUEST_FAILED' } });
        expect(JSON.stringify(read)).not.toContain('127.0.0.1');
      }
      expect([server.requests(), other.requests()]).toEqual([5, 0]);
    },
  );

  it('of an issuer is not followed either', async () => {
    const other = await serve((socket) => void socket.write(http('{}')));
    const headers = `location: ${other.url}/\r\n`;
    const server = await serve((socket) => void socket.write(http('', headers, '302 Found')));
    const fetched = await issuerFetch(`${server.url}/{host}`)('https://issuer.test/keys.json');
    expect(fetched).toMatchObject({ ok: true, status: 302 });
    expect(other.requests()).toBe(0);
  });
});

describe('an object that somebody else put in the bucket', () => {
  it.each([
    ['of two megabytes', http('x'.repeat(2 * 1024 * 1024))],
    ['without an end', Buffer.from(`HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(2 * 1024 * 1024)}`)],
  ])('%s is not read to its end', async (_, bytes) => {
    const server = await serve((socket) => void socket.write(bytes));
    const ref = { bucket: 'b', account: '111122223333' };
    await expect(connectTo(server).s3.getObject(ref, 'keys.json')).rejects.toMatchObject({
      code: 'INPUT_INVALID',
      message: expect.stringContaining('object "keys.json" in bucket "b" is too large'),
    });
  });

  it('has any content type and encoding, and is read as it is', async () => {
    const headers = 'content-type: text/html\r\ncontent-encoding: gzip\r\netag: "e"\r\n';
    const server = await serve((socket) => void socket.write(http('{"keys":[]}', headers)));
    const ref = { bucket: 'b', account: '111122223333' };
    const stored = await connectTo(server).s3.getObject(ref, 'keys.json');
    expect(stored).toMatchObject({ body: '{"keys":[]}', contentType: 'text/html' });
  });
});

describe('a region that an answer names', () => {
  it('becomes no part of a host name unless it is one', async () => {
    for (const [named, region] of [
      ['us-west-2', 'us-west-2'],
      ['x.attacker.example/', 'eu-west-1'],
    ] as const) {
      const headers = `x-amz-bucket-region: ${named}\r\n`;
      const server = await serve((socket) => void socket.write(http('', headers)));
      const ref = { bucket: 'b', account: '111122223333' };
      expect(await connectTo(server).s3.headBucket(ref)).toEqual({ state: 'present', region });
    }
  });
});

describe('a list that never ends', () => {
  it('is given up', async () => {
    let asked = 0;
    const pages = async function* (): AsyncGenerator<number> {
      for (;;) yield (asked += 1);
    };
    const read = async (): Promise<void> => {
      for await (const page of pagesOf(pages())) void page;
    };
    await expect(read()).rejects.toMatchObject({ code: 'AnswerTooLarge' });
    expect(asked).toBeLessThan(1000);
  });
});
