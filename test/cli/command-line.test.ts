// The whole command line in this process: help, wrong words, the environment, output formats.

import { cpSync, existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { version } from '../../package.json';
import { commandTable } from '../../src/cli/command-table.ts';
import { topics } from '../../src/cli/help/topics.ts';
import { runCli, temporaryFolder } from './fake-host.ts';

const folders: (() => void)[] = [];
afterEach(() => {
  for (const remove of folders.splice(0)) remove();
});
function newFolder(): string {
  const { folder, remove } = temporaryFolder();
  folders.push(remove);
  return folder;
}

describe('help', () => {
  test.each([[['--help']], [['-h']], [['help']], [[]]])('%j shows the commands', async (words) => {
    const { code, out, err } = await runCli(words);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatchSnapshot();
  });

  test.each(commandTable.map((command) => command.name))(
    '%s has help that ends with examples',
    async (name) => {
      const asked = await runCli([name, '--help']);
      const otherwise = await runCli(['help', name]);
      expect(asked).toEqual(otherwise);
      expect(asked.code).toBe(0);
      expect(asked.out).toMatchSnapshot();
      const [, examples = ''] = asked.out.split(/^Examples?:\n/m);
      expect(examples).toMatch(/^ {2}oidc-bootstrap /);
      // A long example has continuation lines that a shell joins.
      expect(
        examples
          .replaceAll(/ \\\n {4}/g, ' ')
          .trimEnd()
          .split('\n'),
      ).toSatisfy((lines: string[]) => lines.every((line) => line.startsWith('  oidc-bootstrap ')));
    },
  );

  test.each(Object.keys(topics))('topic %s is a page that fits a terminal', async (topic) => {
    const { out, code } = await runCli(['help', topic]);
    expect(code).toBe(0);
    expect(out).toMatchSnapshot();
    // Commands are one line, so that they can be copied.
    const text = out.split('\n').filter((line) => !line.startsWith('    '));
    for (const line of text) expect(line.length).toBeLessThanOrEqual(80);
    const shown = await runCli(['help', topic, '-o', 'json']);
    expect(JSON.parse(shown.out).result.lines.join('\n')).toBe(out.trimEnd());
  });

  test('help for something that is no command or topic is an error', async () => {
    const { code, err } = await runCli(['help', 'output-dir']);
    expect(code).toBe(2);
    expect(err).toContain('unknown command "output-dir"');
  });

  test.each(['', ...commandTable.map(({ name }) => name)])(
    'the help of "%s" fits the width of a terminal, and fills its lines',
    async (name) => {
      const { out } = await runCli([name, '--help'].filter(Boolean), { stdoutIsTerminal: true });
      const prose = out.slice(0, out.search(/^Examples?:/m)).split('\n');
      // Commands to copy stay whole.
      expect(prose.filter((line) => line.length > 80 && !line.includes('oidc-bootstrap '))).toEqual(
        [],
      );
      const about = out.split('\n\n')[1]?.split('\n').slice(0, -1) ?? [];
      expect(name === '' ? [] : about.filter((line) => line.length < 60)).toEqual([]);
    },
  );

  test('the version is shown', async () => {
    expect((await runCli(['--version'])).out).toBe(`${version}\n`);
    expect((await runCli(['version'])).out).toBe(`${version}\n`);
  });
});

test.each(['status', 'stage', 'promote', 'retire', 'rollback', 'emergency'])(
  'rotate-keys %s has a page of its own, with its flags and an example',
  async (step) => {
    const asked = await runCli(['rotate-keys', step, '--help']);
    expect(asked).toEqual(await runCli(['help', 'rotate-keys', step]));
    expect(asked.code).toBe(0);
    expect(asked.out).toMatch(new RegExp(`^Usage: oidc-bootstrap rotate-keys ${step} `));
    expect(asked.out).toContain(`\n  oidc-bootstrap rotate-keys ${step} `);
    expect(asked.out.includes('--token-file')).toBe(['retire', 'rollback'].includes(step));
    expect(asked.out.includes('--verifier')).toBe(step === 'retire');
  },
);

describe('wrong words', () => {
  test.each([
    [['creat-all'], 'unknown command "creat-all"', 'did you mean create-all?'],
    [['inspect'], 'unknown command "inspect"', '--help'],
    [['help', 'hostng'], 'unknown command "hostng"', 'did you mean help hosting?'],
    [['destroy'], 'unknown command "destroy"', '--help'],
    [['create-all', '--regoin', 'x'], 'unknown option "--regoin"', 'did you mean --region?'],
    [['create-all', '--name'], 'option "--name" needs a value', 'create-all --help'],
    [['create-all', '-o'], 'option "--output" needs a value', 'create-all --help'],
    [['create-key-pair', 'now'], 'unexpected argument "now"', 'create-key-pair --help'],
    [['rotate-keys', 'pause'], 'unknown step "pause"', 'see oidc-bootstrap rotate-keys --help'],
    [['rotate-keys', 'stagee'], 'unknown step "stagee"', 'did you mean stage?'],
    [['rotate-keys', 'stage', 'now'], 'unexpected argument "now"', 'rotate-keys --help'],
  ])('%j: %s', async (words, message, hint) => {
    const { code, out, err } = await runCli(words);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    const lines = err.trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain(`error: ${message}`);
    expect(lines[1]).toMatch(/^hint: /);
    expect(lines[1]).toContain(hint);
  });

  test('an empty ARN of the provider may be left out', async () => {
    const words = ['create-iam-roles', '--name', 'c', '--credentials-requests-dir', '.'];
    const { code, err } = await runCli([...words, '--identity-provider-arn=']);
    expect(code).toBe(2);
    expect(err).toContain(
      '--identity-provider-arn: is empty: give an ARN, or omit it to find the provider by --name',
    );
  });

  test('all wrong values are in one error', async () => {
    const words = ['create-all', '--name', 'UP', '--timeout', 'x', '--output', 'yaml'];
    const { code, err } = await runCli(words, { env: { AWS_REGION: 'moon' } });
    expect(code).toBe(2);
    for (const flag of ['--name', '--timeout', '--output', '--region']) {
      expect(err).toContain(`error: ${flag}: `);
    }
    expect(err.match(/^hint:/gm)).toHaveLength(1);
  });

  test.each([
    [['create-key-pair', '--nope', '-o', 'json']],
    [['create-key-pair', '--nope', '-ojson']],
    [['create-key-pair', '--output=json', '--nope']],
    [['create-key-pair', '--key-size', '1', '--output', 'json']],
  ])('%j gives a JSON document as well', async (words) => {
    const { code, out, err } = await runCli(words);
    expect(code).toBe(2);
    expect(err).toMatch(/^error: /);
    expect(JSON.parse(out)).toMatchObject({
      schemaVersion: 1,
      command: 'create-key-pair',
      ok: false,
      dryRun: false,
      error: { code: 'USAGE', hint: expect.any(String), details: expect.any(Object) },
      changes: [],
      result: null,
      files: [],
      warnings: [],
    });
    expect(out.endsWith('}\n')).toBe(true);
  });
});

test.each([[['-v']], [['-v', 'json', 'create-key-pair']]])(
  'flags before the command, as in %j, get a hint that runs',
  async (words) => {
    const { code, err } = await runCli(words);
    expect([code, err]).toEqual([
      2,
      'error: unknown option "-v"\nhint: flags go after the command; see oidc-bootstrap --help\n',
    ]);
  },
);

test.each(['-ojson', '-o=json', '--output=json'])(
  '%s asks for JSON, as in kubectl',
  async (word) => {
    const words = ['create-key-pair', '--dry-run', '--output-dir', newFolder(), word];
    const { code, out } = await runCli(words);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ ok: true, dryRun: true });
  },
);

test('all faults of key files are in one error, also unreadable files', async () => {
  const folder = newFolder();
  writeFileSync(path.join(folder, 'word.pem'), 'no key');
  const files = ['word.pem', 'absent.pem', '.'].flatMap((file) => ['--public-key-file', file]);
  const words = ['create-identity-provider', '--name', 'c', '--region', 'eu-west-1', ...files];
  const { code, err } = await runCli(words, { cwd: folder });
  expect(code).toBe(2);
  expect(err.split('\n').filter((line) => line.startsWith('error: '))).toEqual([
    'error: word.pem: holds no PEM block with a public key',
    'error: public key file "absent.pem" does not exist',
    'error: cannot read ".": it is a folder, not a file',
  ]);
});

describe('the environment', () => {
  test('can set any flag, and a flag overrides it', async () => {
    const env = { OIDC_BOOTSTRAP_KEY_SIZE: '1024', OIDC_BOOTSTRAP_OUTPUT: 'json' };
    const wrong = await runCli(['create-key-pair'], { env });
    expect(wrong.code).toBe(2);
    expect(wrong.err).toContain('OIDC_BOOTSTRAP_KEY_SIZE: "1024"');
    const right = await runCli(
      ['create-key-pair', '--key-size', '2048', '--output-dir', newFolder()],
      { env },
    );
    expect(right.code).toBe(0);
    expect(JSON.parse(right.out).result.keySize).toBe(2048);
  });

  test.each(['yes', '', 'TRUE'])('a boolean of "%s" is a usage error', async (value) => {
    const env = { OIDC_BOOTSTRAP_DRY_RUN: value };
    const { code, err } = await runCli(['create-key-pair', '--output-dir', newFolder()], { env });
    expect(code).toBe(2);
    expect(err).toContain(`OIDC_BOOTSTRAP_DRY_RUN: "${value}"`);
  });

  test.each(['YES', 'FORCE', 'CONFIRM', 'TOKEN_FILE'])(
    'an approval in OIDC_BOOTSTRAP_%s is ignored, with a warning',
    async (name) => {
      const env = {
        [`OIDC_BOOTSTRAP_${name}`]: '1',
        OIDC_BOOTSTRAP_EDGE_URL: 'http://example.com',
      };
      const command = name === 'YES' ? ['create-identity-provider'] : ['rotate-keys', 'status'];
      const words = [...command, '--name', 'x', '--region', 'eu-west-1'];
      const { err } = await runCli([...words, '--output-dir', newFolder()], { env });
      expect(err).toContain(`warning: OIDC_BOOTSTRAP_${name} is ignored`);
    },
  );

  test('a misspelt variable is named with the intended one', async () => {
    const env = { OIDC_BOOTSTRAP_NAM: 'x', OIDC_BOOTSTRAP_EDGE_URL: '' };
    const { code, err } = await runCli(['create-key-pair', '--dry-run'], { env });
    expect(code).toBe(0);
    expect(err).toBe(
      'warning: unknown variable OIDC_BOOTSTRAP_NAM is ignored: did you mean OIDC_BOOTSTRAP_NAME?\n',
    );
  });

  test('an empty text variable counts as not set', async () => {
    const env = { OIDC_BOOTSTRAP_KEY_SIZE: '', OIDC_BOOTSTRAP_DRY_RUN: '1' };
    const { code } = await runCli(['create-key-pair', '--output-dir', newFolder()], { env });
    expect(code).toBe(0);
  });
});

describe('booleans on the command line', () => {
  test.each([
    [['--dry-run'], true],
    [['--dry-run=true'], true],
    [['--dry-run=1'], true],
    [['--dry-run=false'], false],
    [['--dry-run', '--dry-run=0'], false],
    [['--dry-run=false', '--dry-run'], true],
  ])('%j is %s', async (flags, dryRun) => {
    const words = ['create-key-pair', '--key-size', '2048', '-o', 'json'];
    const { out } = await runCli([...words, '--output-dir', newFolder(), ...flags]);
    expect(JSON.parse(out).dryRun).toBe(dryRun);
  });

  test('any other value is a usage error', async () => {
    const { code, err } = await runCli(['create-key-pair', '--dry-run=perhaps']);
    expect(code).toBe(2);
    expect(err).toContain('--dry-run: "perhaps"');
  });
});

test('the words "ccoctl aws" can be replaced by "oidc-bootstrap aws"', async () => {
  const { code, out } = await runCli(['aws', 'create-key-pair', '--dry-run', '-o', 'json']);
  expect(code).toBe(0);
  expect(JSON.parse(out).command).toBe('create-key-pair');
});

test('an edge that is not on this machine is refused before AWS is called', async () => {
  const requests = path.join(import.meta.dirname, '..', 'fixtures', 'credentials-requests');
  const words = ['create-iam-roles', '--name', 'x', '--region', 'eu-west-1', '--dry-run'];
  const env = { OIDC_BOOTSTRAP_EDGE_URL: 'http://example.com/_edge/{host}' };
  const folders = ['--credentials-requests-dir', requests, '--output-dir', newFolder()];
  const { code, err } = await runCli([...words, ...folders], { env });
  expect(code).toBe(2);
  expect(err).toContain('error: OIDC_BOOTSTRAP_EDGE_URL: "http://example.com/_edge/{host}"');
});

test('without credentials a dry run plans for an empty account, in text and JSON', async () => {
  const requests = path.join(import.meta.dirname, '..', 'fixtures', 'credentials-requests');
  const words = ['create-all', '--name', 'x', '--region', 'eu-west-1', '--dry-run'];
  const env = { AWS_SHARED_CREDENTIALS_FILE: '/dev/null', AWS_CONFIG_FILE: '/dev/null' };
  const folder = newFolder();
  const flags = ['--credentials-requests-dir', requests, '--output-dir', folder];
  const plan = await runCli([...words, ...flags], { env });
  expect(plan.code, plan.err).toBe(0);
  expect(plan.out).toContain('\n+ s3-bucket x-oidc');
  expect(plan.err).toContain('warning: no AWS credentials');
  expect(plan.err).toContain('<distribution-id>');
  const json = await runCli([...words, ...flags, '-o', 'json'], { env });
  const document = JSON.parse(json.out);
  expect(document).toMatchObject({ ok: true, dryRun: true, result: { keyPair: { keyId: null } } });
  expect(json.out).not.toMatch(/"issuer": "</);
  const listed = document.files.map((file: { path: string }) => file.path);
  expect(listed).toEqual(expect.arrayContaining(['02-openid-configuration', '03-keys.json']));
  for (const file of listed) expect(existsSync(path.join(folder, file))).toBe(true);
  expect(existsSync(path.join(folder, 'serviceaccount-signer.private'))).toBe(false);
});

test('the examples of the help run as printed in their order', async () => {
  const cwd = newFolder();
  const requests = path.join(import.meta.dirname, '..', 'fixtures', 'credentials-requests');
  cpSync(requests, path.join(cwd, 'credentials-requests'), { recursive: true });
  const env = { AWS_SHARED_CREDENTIALS_FILE: '/dev/null', AWS_CONFIG_FILE: '/dev/null' };
  const offline = commandTable.filter(
    ({ name, readOnly }) => name !== 'rotate-keys' && readOnly !== true,
  );
  for (const example of offline.flatMap((command) => command.examples)) {
    const { code, err } = await runCli(example.split(' ').slice(1), { cwd, env });
    expect({ example, code, err: err.match(/^error:.*/m)?.[0] }).toEqual({ example, code: 0 });
  }
});
