// The program as a separate process, in a network with a proxy and a private certificate authority, and
// against endpoints that repeat the request in their answer.

import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openNetwork, type Network } from '../unit/aws/proxy-scene.ts';

let network: Network;
beforeAll(() => {
  network = openNetwork();
});
afterAll(() => network.close());

const root = path.join(import.meta.dirname, '..', '..');
type Run = { readonly code: number; readonly out: string; readonly err: string };

const run = (env: { readonly [name: string]: string }, ...more: string[]): Promise<Run> =>
  new Promise((resolve) => {
    const words = [
      'create-identity-provider',
      '--name',
      'demo',
      '--region',
      'eu-west-1',
      '-o',
      'json',
    ];
    const program = ['--import', 'tsx', path.join(root, 'src', 'cli.ts'), ...words, ...more];
    const options = {
      cwd: root,
      env: {
        PATH: process.env['PATH'],
        AWS_MAX_ATTEMPTS: '1',
        AWS_EC2_METADATA_DISABLED: 'true',
        ...env,
      },
    };
    const child = execFile(process.execPath, program, options, (_, out, err) =>
      resolve({ code: child.exitCode ?? -1, out, err }),
    );
  });

const config = (name: string, text: string): { readonly AWS_CONFIG_FILE: string } => {
  const file = path.join(network.folder, name);
  fs.writeFileSync(file, text);
  return { AWS_CONFIG_FILE: file };
};

describe('the program', () => {
  test('uses the proxy and the certificates of its profile, also to assume a role', async () => {
    const seen: string[] = [];
    const port = await network.serve((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => {
        body += chunk.toString();
      });
      request.on('end', () => {
        const action = /Action=(\w+)/.exec(body)?.[1] ?? '';
        seen.push(`${action} ${/Credential=(\w+)/.exec(request.headers.authorization ?? '')?.[1]}`);
        if (action === 'AssumeRole') {
          response.end(
            '<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>assumed-secret-assumed-secret</SecretAccessKey><SessionToken>assumed-token-assumed-token</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>',
          );
          return;
        }
        response.writeHead(400);
        response.end(
          `<ErrorResponse><Error><Code>ValidationError</Code><Message>got ${String(request.headers['x-amz-security-token'])}</Message></Error></ErrorResponse>`,
        );
      });
    });
    const proxy = await network.proxy();
    const profile = `[profile base]\naws_access_key_id = AKIABASE\naws_secret_access_key = s\n[profile dev]\nca_bundle = ${network.bundle}\nrole_arn = arn:aws:iam::111122223333:role/dev\nsource_profile = base\n`;
    const { out, err } = await run(
      {
        ...config('dev', profile),
        AWS_PROFILE: 'dev',
        AWS_ENDPOINT_URL: `https://sts.aws.test:${port}`,
        HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`,
      },
      '--output-dir',
      network.folder,
      '--dry-run',
    );
    expect(seen, err).toEqual(['AssumeRole AKIABASE', 'GetCallerIdentity ASIAROLE']);
    expect(proxy.asked.every((line) => line === `CONNECT sts.aws.test:${port}`)).toBe(true);
    // The endpoint repeats the credentials of the chain.
    expect(out + err).not.toContain('assumed-token');
    expect(err).toContain('got [AWS credential removed]');
    expect(JSON.parse(out).error.message).toContain('[AWS credential removed]');
  });

  test('does not print the tokens of a source profile that cannot assume the role', async () => {
    const port = await network.serve((request, response) => {
      response.writeHead(403);
      response.end(
        `<ErrorResponse><Error><Code>AccessDenied</Code><Message>not for ${String(request.headers['x-amz-security-token'])}</Message></Error></ErrorResponse>`,
      );
    });
    const profile = `[profile base]\naws_access_key_id = ASIABASE\naws_secret_access_key = s\naws_session_token = source-token-source-token\n[profile dev]\nrole_arn = arn:aws:iam::111122223333:role/dev\nsource_profile = base\n`;
    const { code, out, err } = await run(
      {
        ...config('source', profile),
        AWS_PROFILE: 'dev',
        AWS_CA_BUNDLE: network.bundle,
        AWS_ENDPOINT_URL: `https://localhost:${port}`,
      },
      '--output-dir',
      network.folder,
    );
    expect(code).not.toBe(0);
    expect(out + err).not.toContain('source-token');
    expect(err).toContain('not for [AWS credential removed]');
  });
});
