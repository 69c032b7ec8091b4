// The parts of the output separately: plan and request files, progress, colors, redaction.

import { generateKeyPairSync } from 'node:crypto';
import * as fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { confirmName, confirmYes } from '../../src/cli/session/confirm.ts';
import { failureText } from '../../src/cli/output/failure.ts';
import { changeLine } from '../../src/cli/output/change-line.ts';
import { placeholdersOf, writeRequestFiles } from '../../src/cli/output/plan.ts';
import { openProgress } from '../../src/cli/output/progress.ts';
import { redact, redactedHost, withoutSecrets } from '../../src/cli/output/redact.ts';
import { plainStyle, styleOf, wantsColor } from '../../src/cli/output/style.ts';
import type { Change, WriteRequest } from '../../src/core/change.ts';
import { BootstrapError, UsageError } from '../../src/core/errors.ts';
import { writeManifests } from '../../src/local/manifest-file.ts';
import { openOutputFolder } from '../../src/local/output-folder.ts';
import { readTextFile } from '../../src/local/read-file.ts';
import { fakeHost, temporaryFolder, type FakeHostOptions } from './fake-host.ts';

let folder = '';
let remove = (): void => {};
beforeEach(() => {
  ({ folder, remove } = temporaryFolder());
});
afterEach(() => remove());

const change: Change = {
  resource: 's3-bucket',
  id: 'demo-oidc',
  action: 'create',
  detail: 'private',
};

describe('request files', () => {
  const requests: readonly WriteRequest[] = [
    { service: 's3api', operation: 'create-bucket', input: { Bucket: 'demo-oidc' } },
    {
      service: 's3api',
      operation: 'put-object',
      id: 'keys.json',
      input: { Bucket: 'demo-oidc', Key: 'keys.json' },
      body: { text: '{"issuer":"<issuer-url>"}', fileName: '03-keys.json' },
    },
    {
      service: 'iam',
      operation: 'create-role',
      id: 'demo/ns name',
      input: { RoleName: '<role-name>' },
    },
  ];

  test('are numbered in order of use, with the documents that they upload', () => {
    const files = writeRequestFiles(openOutputFolder(folder), requests, 'eu-west-1');
    expect(files.map((file) => file.command)).toEqual([
      'aws s3api create-bucket --region eu-west-1 --cli-input-json file://01-s3api-create-bucket.json',
      'aws s3api put-object --region eu-west-1 --cli-input-json file://02-s3api-put-object-keys.json.json --body 03-keys.json',
      'aws iam create-role --region eu-west-1 --cli-input-json file://03-iam-create-role-demo-ns-name.json',
    ]);
    expect(fs.readdirSync(folder).toSorted()).toEqual([
      '01-s3api-create-bucket.json',
      '02-s3api-put-object-keys.json.json',
      '03-iam-create-role-demo-ns-name.json',
      '03-keys.json',
    ]);
    const input = fs.readFileSync(path.join(folder, '01-s3api-create-bucket.json'), 'utf8');
    expect(JSON.parse(input)).toEqual({ Bucket: 'demo-oidc' });
  });

  test('of an earlier dry run are removed, and no other file', () => {
    const others = [
      '04-iam-identity-provider.json',
      '07-notes.json',
      'serviceaccount-signer.private',
    ];
    for (const name of others) fs.writeFileSync(path.join(folder, name), 'mine');
    const output = openOutputFolder(folder);
    writeRequestFiles(output, requests, 'eu-west-1');
    writeRequestFiles(output, requests.slice(0, 1), 'eu-west-1');
    expect(fs.readdirSync(folder).toSorted()).toEqual(
      ['01-s3api-create-bucket.json', ...others].toSorted(),
    );
  });

  test('sort in order of use where there are more than 99', () => {
    const many = Array.from({ length: 120 }, (): WriteRequest => ({
      service: 'iam',
      operation: 'create-role',
      input: {},
    }));
    const files = writeRequestFiles(openOutputFolder(folder), many, 'eu-west-1').map(
      (file) => file.path,
    );
    expect(files.toSorted()).toEqual(files);
    expect(files[0]).toBe('001-iam-create-role.json');
  });

  test('have placeholders that are listed once in order of use', () => {
    expect(placeholdersOf(requests)).toEqual(['<issuer-url>', '<role-name>']);
  });
});

describe('manifests', () => {
  const manifest = (text: string) => ({ path: 'manifests/a.yaml', text, mode: 0o644 });

  test('with placeholders do not replace manifests with real values', () => {
    const output = openOutputFolder(folder);
    const textAfter = (text: string): string | undefined => {
      writeManifests(output, [manifest(text)]);
      return output.read('manifests/a.yaml');
    };
    expect(textAfter('issuer: <issuer-url>')).toBe('issuer: <issuer-url>');
    expect(textAfter('issuer: https://x')).toBe('issuer: https://x');
    expect(textAfter('issuer: <issuer-url>')).toBe('issuer: https://x');
  });
});

describe('the output folder', () => {
  test('keeps no file of a failed write', () => {
    // The name is too long, so that the rename fails, which is the last operation of a write.
    const name = 'x'.repeat(300);
    const write = (): void => openOutputFolder(folder).write(name, '{}', 0o644);
    expect(write).toThrow(/cannot write "x+" in/);
    expect(fs.readdirSync(folder)).toEqual([]);
  });
});

describe('progress', () => {
  const open = (options: { quiet?: boolean; verbose?: boolean; dryRun?: boolean } = {}) => {
    const host = fakeHost();
    const { quiet = false, verbose = false, dryRun = false } = options;
    return { host, ...openProgress({ host, style: plainStyle, quiet, verbose, dryRun }) };
  };
  const wait = (elapsedMs: number) =>
    ({ kind: 'wait', text: 'it', elapsedMs, limitMs: 1_800_000 }) as const;

  test('has a line for each change', () => {
    const { host, tell } = open();
    tell({ kind: 'step', text: 'looking' });
    tell({ kind: 'change', change });
    expect(host.err()).toBe('+ s3-bucket demo-oidc: private\n');
  });

  test('has a line about every 30 seconds during a wait', () => {
    const { host, tell } = open();
    for (let second = 0; second <= 90; second += 5) tell(wait(second * 1000));
    expect(host.err().split('\n')).toEqual([
      'Waiting for it: 0:00, timeout 30:00',
      'Waiting for it: 0:30, timeout 30:00',
      'Waiting for it: 1:00, timeout 30:00',
      'Waiting for it: 1:30, timeout 30:00',
      '',
    ]);
  });

  test('shows the time since an earlier run started the operation', () => {
    const { host, tell } = open();
    tell({ ...wait(5000), since: 755_000 });
    expect(host.err()).toBe('Waiting for it: 0:05 (under way for 12:35), timeout 30:00\n');
  });

  test('has only warnings with --quiet', () => {
    const { host, tell, line } = open({ quiet: true });
    tell({ kind: 'change', change });
    tell(wait(0));
    line('warning: x');
    expect(host.err()).toBe('warning: x\n');
  });

  test('has lines instead of a spinner on a terminal of unknown width', () => {
    const host = fakeHost({ stderrIsTerminal: true });
    let drawn = false;
    const stderr = {
      ...host.stderr,
      columns: () => 0,
      terminal: () => {
        drawn = true;
        return process.stderr;
      },
    };
    const options = { style: plainStyle, quiet: false, verbose: false, dryRun: false };
    const { tell } = openProgress({ ...options, host: { ...host, stderr } });
    tell(wait(0));
    expect(drawn).toBe(false);
    expect(host.err()).toBe('Waiting for it: 0:00, timeout 30:00\n');
  });

  test('has steps with --verbose, and no changes in a dry run', () => {
    const { host, tell } = open({ verbose: true, dryRun: true });
    tell({ kind: 'step', text: 'looking' });
    tell({ kind: 'change', change });
    expect(host.err()).toBe('looking\n');
  });
});

describe('colors', () => {
  const color = (options: FakeHostOptions, noColor = false): boolean => {
    const host = fakeHost(options);
    return wantsColor(host.stderr, { env: host.env, noColor });
  };
  const terminal = { stderrIsTerminal: true };

  test.each([
    ['a terminal', terminal, true],
    ['no terminal', {}, false],
    ['NO_COLOR', { ...terminal, env: { NO_COLOR: '1' } }, false],
    ['an empty NO_COLOR', { ...terminal, env: { NO_COLOR: '' } }, true],
    ['TERM=dumb', { ...terminal, env: { TERM: 'dumb' } }, false],
    ['CI', { ...terminal, env: { CI: 'true' } }, false],
    ['CI=false', { ...terminal, env: { CI: 'false' } }, true],
    ['FORCE_COLOR', { env: { FORCE_COLOR: '1', CI: 'true' } }, true],
    ['FORCE_COLOR=0', { ...terminal, env: { FORCE_COLOR: '0' } }, false],
  ])('with %s: %j gives %s', (_, options, wanted) => {
    expect(color(options)).toBe(wanted);
  });

  test('--no-color overrides FORCE_COLOR', () => {
    expect(color({ env: { FORCE_COLOR: '1' } }, true)).toBe(false);
  });

  test('a change is green on a terminal and plain elsewhere', async () => {
    const host = fakeHost(terminal);
    const wishes = { env: host.env, noColor: false };
    expect(changeLine(change, await styleOf(host.stderr, wishes))).toContain('\u001b[32m+');
    expect(changeLine(change, await styleOf(host.stdout, wishes))).toBe(
      '+ s3-bucket demo-oidc: private',
    );
  });
});

describe('redaction of AWS credentials', () => {
  const token = 'IQoJb3JpZ2luX2VjEJr//////////wEaCXVzLWVhc3QtMSJHMEUCIQ+x=';
  test.each([
    ['as it is', token],
    ['URL-encoded', encodeURIComponent(token)],
    ['cut short', token.slice(0, 30)],
    ['in JSON', JSON.stringify({ token })],
  ])('removes a session token that is printed %s', (_, text) => {
    const shown = withoutSecrets(`got ${text} of you`, [token]);
    expect(shown).toContain('[AWS credential removed]');
    expect(shown).toMatch(/ of you$/);
    expect(shown).not.toContain('IQoJ');
    expect(shown).not.toContain('VjEJr');
  });

  test('keeps short values, which could be words', () => {
    expect(withoutSecrets('a test', ['test', ''])).toBe('a test');
  });

  test('covers both streams, the environment and credentials that are read later', () => {
    const secrets = new Set<string>();
    const env = { AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' };
    const machine = fakeHost({ env });
    const host = redactedHost(machine, secrets);
    secrets.add(token);
    host.stdout.write(`${token} ${env.AWS_SECRET_ACCESS_KEY}\n`);
    host.stderr.write(`${token} ${env.AWS_SECRET_ACCESS_KEY}\n`);
    const hidden = '[AWS credential removed] [AWS credential removed]\n';
    expect([machine.out(), machine.err()]).toEqual([hidden, hidden]);
  });
});

describe('redaction', () => {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const body = privateKey.split('\n')[1] ?? '';

  test.each([
    ['PEM', privateKey],
    ['PEM within JSON', JSON.stringify({ key: privateKey })],
    ['PEM that is cut short', privateKey.slice(0, 200)],
  ])('removes private keys in %s', (_, text) => {
    expect(text).toContain(body);
    expect(redact(`before ${text} after`)).not.toContain(body);
    expect(redact(`before ${text}`)).toContain('[private key removed]');
  });

  test('keeps JSON valid', () => {
    expect(JSON.parse(redact(JSON.stringify({ key: privateKey, next: 1 })))).toEqual({
      key: '[private key removed]\n',
      next: 1,
    });
  });

  test('removes tokens', () => {
    const token = `${btoa('{"alg":"RS256"}')}.${btoa('{"sub":"system"}')}.c2lnbmF0dXJl`;
    expect(redact(`token ${token.replaceAll('=', '')} refused`)).toBe(
      'token [token removed] refused',
    );
  });

  test('keeps everything else', () => {
    const text = 'arn:aws:iam::1:role/x -----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----';
    expect(redact(text)).toBe(text);
  });
});

describe('confirmation', () => {
  const consequence = 'roles a and b lose the audience';
  const codeOf = (work: Promise<void>): Promise<string> =>
    work.then(
      () => 'went on',
      (error: unknown) => (error instanceof BootstrapError ? error.code : 'other'),
    );

  test.each([
    [{ yes: true }, {}, 'went on'],
    [{ yes: false }, {}, 'CONFIRMATION_REQUIRED'],
    [{ yes: false }, { answers: ['y'] }, 'went on'],
    [{ yes: false }, { answers: [' Yes '] }, 'went on'],
    [{ yes: false }, { answers: ['n'] }, 'INTERRUPTED'],
    [{ yes: false }, { answers: [''] }, 'INTERRUPTED'],
    [{ yes: false }, { answers: [] }, 'INTERRUPTED'],
  ])('yes or no: %j %j gives %s', async (flags, options, outcome) => {
    expect(await codeOf(confirmYes(fakeHost(options), { consequence, ...flags }))).toBe(outcome);
  });

  test.each([
    ['demo', {}, 'went on'],
    ['prod', {}, 'CONFIRMATION_REQUIRED'],
    ['prod', { answers: ['demo'] }, 'CONFIRMATION_REQUIRED'],
    [undefined, {}, 'CONFIRMATION_REQUIRED'],
    [undefined, { answers: ['demo'] }, 'went on'],
    [undefined, { answers: ['y'] }, 'INTERRUPTED'],
  ])('typed name: --confirm %s with %j gives %s', async (confirm, options, outcome) => {
    const approval = { consequence, name: 'demo', confirm };
    expect(await codeOf(confirmName(fakeHost(options), approval))).toBe(outcome);
  });

  test('the consequence is shown before the question', async () => {
    const host = fakeHost({ answers: ['y'] });
    await confirmYes(host, { consequence, yes: false });
    expect(host.err()).toBe(`confirmation required: ${consequence}\n`);
    expect(host.questions).toEqual(['Go on? [y/N] ']);
  });
});

test('an error names the code under which the README explains it', () => {
  const facts = { style: plainStyle, verbose: false };
  const taken = new BootstrapError({ code: 'NAME_TAKEN', message: 'taken', hint: 'other' });
  expect(failureText(taken, facts)).toBe('error: taken (NAME_TAKEN)\nhint: other\n');
  const usage = new UsageError([{ message: 'wrong' }], 'see help');
  expect(failureText(usage, facts)).toBe('error: wrong\nhint: see help\n');
});

test('what is to be confirmed fits the width of the terminal', async () => {
  const host = fakeHost({ answers: ['y'], stderrIsTerminal: true });
  await confirmYes(host, { consequence: 'many words '.repeat(20), yes: false });
  expect(
    host
      .err()
      .split('\n')
      .filter((line) => line.length > 80),
  ).toEqual([]);
});

describe('a file that is given', () => {
  test('is read up to the limit, also if its size is unknown', () => {
    expect(readTextFile('/dev/null', 'nothing')).toBe('');
    expect(() => readTextFile('/dev/zero', 'zeros', 1000)).toThrow(/"zeros" is too large/);
    expect(readTextFile(path.join(folder, 'absent'), 'absent')).toBeUndefined();
  });
});
