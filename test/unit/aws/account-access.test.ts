// Block Public Access of an account is asked of the S3 Control API: at its host, with its header, signed for that
// host; a given endpoint is asked without an account before its name.

import * as http from 'node:http';
import * as net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { connectAws } from '../../../src/aws/clients.ts';
import {
  connectTo,
  startScriptedServer,
  testKeys,
  type ScriptedServer,
} from './scripted-server.ts';

const account = '111122223333';
const path = '/v20180820/configuration/publicAccessBlock';
const on =
  '<PublicAccessBlockConfiguration xmlns="http://awss3control.amazonaws.com/doc/2018-08-20/">' +
  '<BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls>' +
  '<BlockPublicPolicy>false</BlockPublicPolicy><RestrictPublicBuckets>true</RestrictPublicBuckets>' +
  '</PublicAccessBlockConfiguration>';
let server: ScriptedServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
  delete process.env['AWS_USE_FIPS_ENDPOINT'];
});

/** Leads every connection to the server, without TLS, whatever the host. */
function agentTo(url: string): http.Agent {
  const agent = new http.Agent();
  return Object.assign(agent, {
    protocol: 'https:',
    createConnection: () => net.connect(Number(new URL(url).port), '127.0.0.1'),
  });
}

describe('Block Public Access of the account', () => {
  it.each([
    ['eu-west-1', {}, 's3-control.eu-west-1.amazonaws.com'],
    ['us-east-1', {}, 's3-control.us-east-1.amazonaws.com'],
    ['cn-north-1', {}, 's3-control.cn-north-1.amazonaws.com.cn'],
    [
      'us-gov-west-1',
      { AWS_USE_FIPS_ENDPOINT: 'true' },
      's3-control-fips.us-gov-west-1.amazonaws.com',
    ],
  ])('in %s is asked of the host of that region %o', async (region, env, host) => {
    server = await startScriptedServer(() => ({ status: 200, body: on }));
    const agent = agentTo(server.url);
    Object.assign(process.env, env);
    const aws = connectAws({
      region,
      profile: undefined,
      endpointUrl: undefined,
      env: { ...testKeys, ...env },
      agentFor: async () => agent,
    });
    expect(await aws.s3.getAccountAccessBlock(account)).toEqual({
      BlockPublicAcls: true,
      IgnorePublicAcls: true,
      BlockPublicPolicy: false,
      RestrictPublicBuckets: true,
    });
    const [request] = server.requests;
    expect([request?.method, request?.url]).toEqual(['GET', path]);
    expect(request?.headers.host).toBe(`${account}.${host}`);
    expect(request?.headers['x-amz-account-id']).toBe(account);
    expect(request?.headers.authorization).toContain(`/${region}/s3/aws4_request`);
    expect(request?.headers.authorization).toMatch(/SignedHeaders=\S*;host;x-amz-account-id;/);
  });

  it('is asked of a given endpoint, with the path that it has, and of the one for S3 Control alone', async () => {
    server = await startScriptedServer(() => ({ status: 200, body: on }));
    await connectTo({ url: `${server.url}/base` }).s3.getAccountAccessBlock(account);
    const own = { AWS_ENDPOINT_URL_S3_CONTROL: server.url, AWS_ENDPOINT_URL: 'http://127.0.0.1:1' };
    const env = { ...testKeys, ...own };
    const settings = { region: 'eu-west-1', profile: undefined, endpointUrl: undefined, env };
    await connectAws(settings).s3.getAccountAccessBlock(account);
    expect(server.requests.map(({ url }) => url)).toEqual([`/base${path}`, path]);
  });

  it('is undefined where it was never set, and names its permission where it may not be read', async () => {
    server = await startScriptedServer((_, index) => ({
      status: index === 0 ? 404 : 403,
      body: `<Error><Code>${index === 0 ? 'NoSuchPublicAccessBlockConfiguration' : 'AccessDenied'}</Code><Message>no</Message></Error>`,
    }));
    const { s3 } = connectTo(server);
    expect(await s3.getAccountAccessBlock(account)).toBeUndefined();
    await expect(s3.getAccountAccessBlock(account)).rejects.toMatchObject({
      code: 'AWS_ACCESS_DENIED',
      details: { permissions: ['s3:GetAccountPublicAccessBlock'] },
    });
  });
});
