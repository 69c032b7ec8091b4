// Requests to AWS and to the issuer through a real proxy: which requests use it, and which certificates
// are trusted.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectAws } from '../../../src/aws/clients.ts';
import { proxyFor } from '../../../src/core/proxy.ts';
import { connections, readCaBundle } from '../../../src/local/connections.ts';
import { issuerFetch } from '../../../src/local/issuer-fetch.ts';
import { openNetwork, type Network } from './proxy-scene.ts';
import { testKeys } from './scripted-server.ts';

const caller =
  '<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/a</Arn><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>';

let network: Network;
beforeAll(() => {
  network = openNetwork();
});
afterAll(() => network.close());

type Env = { readonly [name: string]: string };

const callSts = (endpointUrl: string, env: Env, trust = true): Promise<unknown> => {
  const trusted = trust ? [readCaBundle(network.bundle)] : undefined;
  const all = { ...testKeys, AWS_MAX_ATTEMPTS: '1', ...env };
  return connectAws({
    region: 'eu-west-1',
    profile: undefined,
    endpointUrl,
    env: all,
    agentFor: connections({ env: all, trusted, keepAlive: true }),
  }).sts.getCaller();
};
const aws = (): Promise<number> => network.serve((_, response) => void response.end(caller));
const known = { account: '111122223333' };

describe('a request to AWS', () => {
  it.each(['HTTPS_PROXY', 'https_proxy'])('goes through %s, by CONNECT and TLS', async (name) => {
    const [port, proxy] = [await aws(), await network.proxy()];
    const env = { [name]: `http://127.0.0.1:${proxy.port}` };
    expect(await callSts(`https://sts.aws.test:${port}`, env)).toMatchObject(known);
    expect(proxy.asked).toEqual([`CONNECT sts.aws.test:${port}`]);
  });

  it('goes through a proxy that uses TLS and requires a password', async () => {
    const [port, proxy] = [await aws(), await network.proxy({ tls: true, password: 'p@ss' })];
    const env = { HTTPS_PROXY: `https://me:p%40ss@localhost:${proxy.port}` };
    expect(await callSts(`https://sts.aws.test:${port}`, env)).toMatchObject(known);
    expect(proxy.asked).toEqual([`CONNECT sts.aws.test:${port}`]);
  });

  it('over http goes through HTTP_PROXY, with the whole URL', async () => {
    const port = await network.serve((_, response) => void response.end(caller), { plain: true });
    const proxy = await network.proxy();
    const env = { HTTP_PROXY: `127.0.0.1:${proxy.port}`, HTTPS_PROXY: 'http://127.0.0.1:1' };
    expect(await callSts(`http://sts.aws.test:${port}`, env)).toMatchObject(known);
    expect(proxy.asked).toEqual([`POST http://sts.aws.test:${port}/`]);
  });

  it('that the proxy refuses without a password has an error that says so', async () => {
    const [port, proxy] = [await aws(), await network.proxy({ password: 'p' })];
    const env = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` };
    await expect(callSts(`https://sts.aws.test:${port}`, env)).rejects.toMatchObject({
      message: expect.stringContaining('the proxy requires a user name and a password'),
      hint: expect.stringContaining('HTTPS_PROXY'),
    });
  });

  it('fails if the certificate is not trusted, with and without a proxy', async () => {
    const [port, proxy] = [await aws(), await network.proxy()];
    const env = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` };
    for (const url of [`https://sts.aws.test:${port}`, `https://localhost:${port}`]) {
      await expect(callSts(url, env, false)).rejects.toMatchObject({
        message: expect.stringContaining('is not trusted'),
        hint: expect.stringContaining('AWS_CA_BUNDLE'),
      });
    }
  });

  it('to this machine uses no proxy, and trusts the bundle', async () => {
    const [port, proxy] = [await aws(), await network.proxy()];
    const env = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` };
    expect(await callSts(`https://127.0.0.1:${port}`, env)).toMatchObject(known);
    expect(proxy.asked).toEqual([]);
  });

  it('with an invalid proxy value fails, and the error does not show the value', async () => {
    const env = { HTTPS_PROXY: 'socks5://me:password@127.0.0.1:1' };
    await expect(callSts('https://sts.aws.test', env)).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.not.stringContaining('password'),
    });
  });
});

describe('a document of the issuer', () => {
  it('is fetched through the proxy, by CONNECT and TLS', async () => {
    const port = await network.serve((request, response) => void response.end(request.url));
    const proxy = await network.proxy();
    const env = { https_proxy: `http://127.0.0.1:${proxy.port}` };
    const trusted = [readCaBundle(network.bundle)];
    const fetch = issuerFetch(undefined, connections({ env, trusted, keepAlive: false }));
    expect(await fetch(`https://issuer.aws.test:${port}/keys.json`)).toMatchObject({
      ok: true,
      body: '/keys.json',
    });
    expect(proxy.asked).toEqual([`CONNECT issuer.aws.test:${port}`]);
    const untrusting = issuerFetch(
      undefined,
      connections({ env, trusted: undefined, keepAlive: false }),
    );
    expect(await untrusting(`https://issuer.aws.test:${port}/keys.json`)).toMatchObject({
      ok: false,
    });
  });
});

describe('NO_PROXY', () => {
  const proxied = (noProxy: string, url = 'https://sts.eu-west-1.amazonaws.com/'): boolean =>
    proxyFor(new URL(url), { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: noProxy }) !== undefined;

  it.each([
    '*',
    'amazonaws.com',
    '.amazonaws.com',
    '*.amazonaws.com',
    'x, AMAZONAWS.com:443',
    'a b sts.eu-west-1.amazonaws.com',
  ])('%j excludes the host', (value) => {
    expect(proxied(value)).toBe(false);
  });

  it.each([
    '',
    'aws.com',
    'amazonaws.com:8443',
    'eu-west-1',
    '.',
    'amazonaws',
    'x.sts.eu-west-1.amazonaws.com',
  ])('%j does not exclude the host', (value) => {
    expect(proxied(value)).toBe(true);
  });

  it('supports ports and IPv6', () => {
    expect(proxied('vpce.test:8443', 'https://a.vpce.test:8443/')).toBe(false);
    expect(proxied('[fd00::1]', 'https://[fd00::1]/')).toBe(false);
  });

  it('in lower case has priority, like the other variables', () => {
    const env = {
      HTTPS_PROXY: 'http://upper:1',
      https_proxy: 'http://lower:1',
      NO_PROXY: '*',
      no_proxy: 'other',
    };
    expect(proxyFor(new URL('https://a.test'), env)?.host).toBe('lower:1');
    expect(proxyFor(new URL('http://a.test'), env)).toBeUndefined();
  });
});

it.each([
  ['absent', undefined, 'ENOENT'],
  ['without a certificate', 'text', 'it contains no certificate'],
])('the error for a certificate bundle that is %s names the file', async (_, text, reason) => {
  const { writeFileSync } = await import('node:fs');
  const file = `${network.folder}/${reason}.pem`;
  if (text !== undefined) writeFileSync(file, text);
  expect(() => readCaBundle(file)).toThrow(`cannot read the certificates of "${file}": ${reason}`);
});
