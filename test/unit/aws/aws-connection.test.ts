import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectAws } from '../../../src/aws/clients.ts';
import { findRegion } from '../../../src/aws/shared-config.ts';
import {
  connectTo,
  queryError,
  startScriptedServer,
  testKeys,
  type ScriptedServer,
  type WireAnswer,
} from './scripted-server.ts';

const caller: WireAnswer = {
  status: 200,
  headers: { date: 'Sun, 22 Nov 2026 10:00:00 GMT' },
  body: '<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/a</Arn><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>',
};

let server: ScriptedServer | undefined;
let home = '';
beforeEach(() => {
  home = fs.mkdtempSync(path.join(os.tmpdir(), 'aws-home-'));
  fs.mkdirSync(path.join(home, '.aws'));
});
afterEach(async () => {
  fs.rmSync(home, { recursive: true, force: true });
  await server?.close();
  server = undefined;
});

const writeConfig = (name: string, text: string): void =>
  fs.writeFileSync(path.join(home, '.aws', name), text);

describe('a connection to AWS', () => {
  it('signs with the keys of the given environment and sends the program name', async () => {
    server = await startScriptedServer(() => caller);
    await connectTo(server, { env: { AWS_SESSION_TOKEN: 'session' } }).sts.getCaller();
    const headers = server.requests[0]?.headers ?? {};
    expect(headers.authorization).toContain('Credential=AKIAOWNER/');
    expect(headers.authorization).toContain('/eu-west-1/sts/');
    expect(headers['x-amz-security-token']).toBe('session');
    const { version } = JSON.parse(fs.readFileSync('package.json', 'utf8')) as { version: string };
    expect(headers['user-agent']).toContain(`oidc-bootstrap/${version}`);
  });

  it.each([
    ['for all services', { AWS_ENDPOINT_URL: 'yes' }, 1],
    ['for one service', { AWS_ENDPOINT_URL_STS: 'yes', AWS_ENDPOINT_URL: 'no' }, 1],
  ])('uses the endpoint of the environment %s', async (_, variables, count) => {
    const running = await startScriptedServer(() => caller);
    server = running;
    const env = Object.fromEntries(
      Object.entries(variables).map(([name, value]) => [
        name,
        value === 'yes' ? running.url : 'http://127.0.0.1:1',
      ]),
    );
    const aws = connectAws({
      region: 'eu-west-1',
      profile: undefined,
      endpointUrl: undefined,
      env: { ...testKeys, ...env },
    });
    await aws.sts.getCaller();
    expect(running.requests).toHaveLength(count);
  });

  it('puts bucket names in the path at localhost, which has no subdomains', async () => {
    server = await startScriptedServer(() => ({ status: 404 }));
    const url = server.url.replace('127.0.0.1', 'localhost');
    expect(
      await connectTo({ url }).s3.headBucket({ bucket: 'demo-oidc', account: '111122223333' }),
    ).toEqual({ state: 'absent' });
    expect(server.requests[0]?.url).toMatch(/^\/demo-oidc/);
  });

  it('returns the time of the latest answer, also of an error, and undefined before the first', async () => {
    server = await startScriptedServer((_, index) =>
      index === 0
        ? caller
        : {
            ...(queryError('NoSuchEntity', 'gone', 404) as Exclude<WireAnswer, 'drop'>),
            headers: { date: 'Sun, 22 Nov 2026 11:30:00 GMT' },
          },
    );
    const aws = connectTo(server);
    expect(aws.serverTime()).toBeUndefined();
    await aws.sts.getCaller();
    expect(aws.serverTime()).toEqual(new Date('2026-11-22T10:00:00Z'));
    await aws.iam.getRole('r');
    expect(aws.serverTime()).toEqual(new Date('2026-11-22T11:30:00Z'));
  });

  it.each([
    ['eu-west-1', '/us-east-1/cloudfront/'],
    ['cn-north-1', '/cn-northwest-1/cloudfront/'],
  ])('sends CloudFront calls for %s to the region of its API', async (region, scope) => {
    server = await startScriptedServer(() => ({ status: 200, body: '<DistributionList/>' }));
    expect(await connectTo(server, { region }).cloudfront.listDistributions()).toEqual([]);
    expect(server.requests[0]?.headers.authorization).toContain(scope);
  });

  it('refuses CloudFront in a partition without it, and sends no request', async () => {
    server = await startScriptedServer(() => ({ status: 200, body: '<DistributionList/>' }));
    await expect(
      connectTo(server, { region: 'us-gov-west-1' }).cloudfront.listDistributions(),
    ).rejects.toMatchObject({
      message: expect.stringContaining('aws-us-gov'),
      hint: expect.stringContaining('--public-s3-bucket'),
    });
    expect(server.requests).toEqual([]);
  });

  it('refuses an unknown profile and names the existing ones', async () => {
    writeConfig('config', '[default]\nregion = eu-west-1\n[profile dev]\nregion = eu-west-2\n');
    server = await startScriptedServer(() => caller);
    const aws = connectAws({
      region: 'eu-west-1',
      profile: 'dve',
      endpointUrl: server.url,
      env: { ...testKeys, HOME: home },
    });
    await expect(aws.sts.getCaller()).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('"dve"'),
      hint: expect.stringContaining('default, dev'),
    });
    expect(server.requests).toEqual([]);
  });

  it('resolves the credentials of a profile once for all services, without output on stderr', async () => {
    const ran = path.join(home, 'ran');
    const script = path.join(home, 'credentials.sh');
    fs.writeFileSync(
      script,
      `echo once >> ${ran}\necho '{"Version":1,"AccessKeyId":"AKIAPROFILE","SecretAccessKey":"s"}'\n`,
    );
    writeConfig('config', `[profile dev]\ncredential_process = sh ${script}\n`);
    server = await startScriptedServer(({ body }) =>
      body.includes('GetCallerIdentity') ? caller : { status: 404 },
    );
    // The SDK reads profiles from the environment of the process, so this needs a separate process.
    const program = path.join(home, 'program.mts');
    fs.writeFileSync(
      program,
      `import { connectAws } from ${JSON.stringify(path.resolve('src/aws/clients.ts'))};
       const env = process.env;
       const aws = connectAws({ region: 'eu-west-1', profile: 'dev', endpointUrl: env.URL_OF_TEST, env });
       await aws.sts.getCaller();
       await aws.s3.headBucket({ bucket: 'demo-oidc', account: '111122223333' });
       await aws.iam.getRole('r').catch(() => {});
       console.log('done');`,
    );
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', program],
      {
        env: { PATH: process.env['PATH'], HOME: home, URL_OF_TEST: server.url, ...testKeys },
      },
    );
    expect({ stdout, stderr }).toEqual({ stdout: 'done\n', stderr: '' });
    expect(fs.readFileSync(ran, 'utf8')).toBe('once\n');
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(
      server.requests.map(() => expect.stringContaining('Credential=AKIAPROFILE/')),
    );
    expect(server.requests.length).toBeGreaterThanOrEqual(3);
  });
});

describe('the region', () => {
  it.each([
    [{ AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'eu-west-2' }, undefined, 'eu-west-1'],
    [{ AWS_REGION: '', AWS_DEFAULT_REGION: 'eu-west-2' }, undefined, 'eu-west-2'],
    [{}, undefined, 'eu-north-1'],
    [{}, 'dev', 'eu-south-1'],
    [{ AWS_PROFILE: 'dev' }, undefined, 'eu-south-1'],
    [{ AWS_PROFILE: 'other' }, 'dev', 'eu-south-1'],
    [{}, 'plain', undefined],
  ])('of %j and profile %s is %s', async (env, profile, expected) => {
    writeConfig(
      'config',
      '[default]\nregion = eu-north-1\n[profile dev]\nregion = eu-south-1\n[profile plain]\noutput = json\n[sso-session corp]\nsso_region = us-west-2\n',
    );
    expect(await findRegion({ HOME: home, ...env }, profile)).toBe(expected);
  });

  it('is read from the files that the environment names', async () => {
    fs.writeFileSync(path.join(home, 'elsewhere'), '[default]\nregion = sa-east-1\n');
    const env = { HOME: home, AWS_CONFIG_FILE: path.join(home, 'elsewhere') };
    expect(await findRegion(env, undefined)).toBe('sa-east-1');
  });

  it('is undefined without files, and an error for an unknown profile', async () => {
    expect(await findRegion({ HOME: home }, undefined)).toBeUndefined();
    await expect(findRegion({ HOME: home }, 'dev')).rejects.toMatchObject({ code: 'USAGE' });
    writeConfig('config', '[sso-session corp]\nsso_region = us-west-2\n');
    await expect(findRegion({ HOME: home }, 'corp')).rejects.toMatchObject({ code: 'USAGE' });
  });
});
