// What users get: the tarball, installed into an empty folder and run there, on the releases of Node that
// are in use. Sizes and loaded builtins are guarded here: unlike times they do not vary from run to run.

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { text } from 'node:stream/consumers';
import { commandTable } from '../../src/cli/command-table.ts';
import { temporaryFolder } from '../cli/fake-host.ts';
import { startLocalAws, type LocalAws } from '../local-aws/server.ts';
import { nodeRelease } from './node-versions.ts';

const root = path.join(import.meta.dirname, '..', '..');
const { folder, remove } = temporaryFolder();
const { NODE_OPTIONS, NODE_EXTRA_CA_CERTS, CI, ...env } = process.env;
const installed = path.join(folder, 'app', 'node_modules', 'oidc-bootstrap');
const program = path.join(folder, 'app', 'node_modules', '.bin', 'oidc-bootstrap');
let tarball = '';

beforeAll(() => {
  const npm = (cwd: string, ...words: string[]): string =>
    execFileSync('npm', [...words, '--silent'], { cwd, env, encoding: 'utf8' });
  npm(root, 'pack', '--pack-destination', folder);
  tarball = path.join(folder, fs.readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '');
  fs.mkdirSync(path.join(folder, 'app'));
  fs.writeFileSync(path.join(folder, 'app', 'package.json'), '{}');
  npm(path.join(folder, 'app'), 'install', '--no-audit', '--no-fund', '--offline', tarball);
});
afterAll(remove);

const run = (...words: string[]): { code: number | null; out: string; err: string } => {
  const { status, stdout, stderr } = spawnSync(program, words, {
    cwd: folder,
    env,
    encoding: 'utf8',
  });
  return { code: status, out: stdout, err: stderr };
};

describe('the installed package', () => {
  test('shows its version', () => {
    const { version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
    expect(run('--version')).toEqual({ code: 0, out: `${version}\n`, err: '' });
  });

  const listed = commandTable.filter(({ hidden }) => hidden !== true);
  test.each(listed.map((command) => command.name))('has help for %s', (name) => {
    const { code, out, err } = run(name, '--help');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(`Usage: oidc-bootstrap ${name}`);
  });

  test('loads every command', () => {
    for (const { name } of commandTable) {
      const { code, err } = run(name, '--name', 'BAD', '--key-size', '5');
      expect({ name, code }).toEqual({ name, code: 2 });
      expect(err).toMatch(/^error: /);
    }
  });

  test('makes a key pair', () => {
    const { code, out } = run('create-key-pair', '--output-dir', 'keys', '-o', 'json');
    expect(code).toBe(0);
    expect(JSON.parse(out).result.created).toBe(true);
    expect(fs.statSync(path.join(folder, 'keys/serviceaccount-signer.private')).mode & 0o777).toBe(
      0o600,
    );
  });

  test('ends without an error if stdout is closed early', async () => {
    const child = spawn(program, ['create-all', '--help'], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.destroy();
    let err = '';
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString();
    });
    const code = await new Promise((resolve) => {
      child.on('close', resolve);
    });
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });

  // More than a pipe holds; the reader comes late, and the pipe is one that does not block.
  test('a large JSON document arrives whole through a slow pipe', () => {
    const python = `
import os, subprocess, sys, time
reader, writer = os.pipe()
os.set_blocking(writer, False)
child = subprocess.Popen(sys.argv[1:], stdout=writer, stderr=subprocess.DEVNULL)
os.close(writer)
time.sleep(0.5)
with open(reader, 'rb') as pipe: sys.stdout.buffer.write(pipe.read())
sys.exit(child.wait())`;
    const words = ['create-key-pair', '-o', 'json', '--key-size', 'x'.repeat(120_000)];
    const { status, stdout } = spawnSync('python3', ['-c', python, program, ...words], {
      env,
      encoding: 'utf8',
      maxBuffer: 16 * 1024 * 1024,
    });
    expect(status).toBe(2);
    expect(stdout.length).toBeGreaterThan(240_000);
    expect(JSON.parse(stdout).error.code).toBe('USAGE');
  });
});

// What the bundle lacks of the SDK would show here.
describe('against the local AWS', () => {
  const words = ['create-all', '--name', 'demo', '--region', 'eu-west-1', '-o', 'json'];
  const requests = path.join(root, 'test', 'fixtures', 'credentials-requests');
  const createAll = async (
    aws: LocalAws,
    into: string,
    node: string = process.execPath,
  ): Promise<{ code: number | null; out: string; err: string }> => {
    const flags = ['--endpoint-url', aws.endpoint, '--credentials-requests-dir', requests];
    const given = [...words, ...flags, '--output-dir', into, '--key-size', '2048'];
    const child = spawn(node, [program, ...given], {
      cwd: folder,
      env: { ...env, ...aws.credentials, OIDC_BOOTSTRAP_EDGE_URL: aws.edgeUrl },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [out, err, code] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      new Promise<number | null>((resolve) => {
        child.on('close', resolve);
      }),
    ]);
    return { code, out, err };
  };

  test('creates everything, and a second run changes nothing', async () => {
    const aws = await startLocalAws({ deployMs: 0 });
    try {
      const first = await createAll(aws, 'made');
      expect(first.code, first.err).toBe(0);
      expect(JSON.parse(first.out).result.iamRoles.roles.length).toBeGreaterThan(0);
      const second = await createAll(aws, 'made');
      expect(second.code, second.err).toBe(0);
      expect(JSON.parse(second.out).changes).toEqual([]);
    } finally {
      await aws.close();
    }
  });

  test.each(['22.23.3', '24.21.0'])('works the same on Node %s', async (version) => {
    const node = await nodeRelease(version);
    const aws = await startLocalAws({ deployMs: 0 });
    try {
      const { code, out, err } = await createAll(aws, `node-${version}`, node);
      expect(code, err).toBe(0);
      expect(err).not.toMatch(/\(node:\d+\)/);
      expect(JSON.parse(out).result.iamRoles.roles.length).toBeGreaterThan(0);
    } finally {
      await aws.close();
    }
  });

  test('names a missing permission, and the next run continues', async () => {
    const aws = await startLocalAws({ deployMs: 0 });
    try {
      aws.deny('cloudfront:CreateDistribution');
      aws.deny('cloudfront:CreateDistributionWithTags');
      const denied = await createAll(aws, 'denied');
      expect(denied.code, denied.err).toBe(4);
      expect(denied.err).toMatch(/^error: .*cloudfront:CreateDistribution/m);
      const { error } = JSON.parse(denied.out);
      expect(error).toMatchObject({
        code: 'AWS_ACCESS_DENIED',
        details: { awsCode: 'AccessDenied' },
      });
      aws.allow('cloudfront:CreateDistribution');
      aws.allow('cloudfront:CreateDistributionWithTags');
      expect((await createAll(aws, 'denied')).code).toBe(0);
    } finally {
      await aws.close();
    }
  });
});

describe('sizes', () => {
  test('the tarball has at most 500 KB', () => {
    expect(fs.statSync(tarball).size).toBeLessThanOrEqual(500 * 1000);
  });

  test('the package has no dependencies and ships the licences of what it bundles', () => {
    const manifest = JSON.parse(fs.readFileSync(path.join(installed, 'package.json'), 'utf8'));
    expect(manifest.dependencies ?? {}).toEqual({});
    expect(fs.readdirSync(path.join(folder, 'app', 'node_modules')).toSorted()).toEqual([
      '.bin',
      '.package-lock.json',
      'oidc-bootstrap',
    ]);
    const licences = fs.readFileSync(path.join(installed, 'dist', 'LICENSES.txt'), 'utf8');
    for (const name of ['commander', 'chalk', 'ora', '@aws-sdk/client-s3', '@smithy/core']) {
      expect(licences).toMatch(new RegExp(`^${name} \\d`, 'm'));
    }
    expect(fs.readdirSync(installed).toSorted()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'bin',
      'dist',
      'package.json',
    ]);
  });
});

describe('the code that is loaded', () => {
  const probe = path.join(folder, 'probe.cjs');
  const empty = path.join(folder, 'empty.cjs');
  type Loaded = { readonly builtins: readonly string[]; readonly files: readonly string[] };
  const loadedBy = (file: string, words: readonly string[], more = {}): Loaded => {
    const list = path.join(folder, 'loaded.json');
    spawnSync(process.execPath, ['-r', probe, file, ...words], {
      cwd: folder,
      env: { ...env, ...more, LOADED: list },
      stdio: 'pipe',
    });
    return JSON.parse(fs.readFileSync(list, 'utf8')) as Loaded;
  };
  const loaded = (words: readonly string[], more = {}): Loaded => {
    const before = new Set(loadedBy(empty, []).builtins);
    const file = path.join(installed, 'bin', 'oidc-bootstrap.cjs');
    const { builtins: all, files } = loadedBy(file, words, more);
    return { builtins: all.filter((name) => !before.has(name)), files };
  };
  beforeAll(() => {
    fs.writeFileSync(empty, '');
    fs.writeFileSync(
      probe,
      `process.on('exit', () => require('node:fs').writeFileSync(process.env.LOADED,
        JSON.stringify({ builtins: process.moduleLoadList, files: Object.keys(require.cache) })));`,
    );
  });

  test('for the first AWS call is at most 500 KiB, without YAML and schemas', () => {
    const words = ['create-identity-provider', '--name', 'x', '--region', 'eu-west-1'];
    const nowhere = ['--endpoint-url', 'http://127.0.0.1:9', '--output-dir', 'other-keys'];
    const call = loaded([...words, ...nowhere], {
      AWS_ACCESS_KEY_ID: 'AKIAX',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_MAX_ATTEMPTS: '1',
    });
    expect(call.builtins).toContain('NativeModule http');
    expect(call.builtins).not.toContain('NativeModule http2');
    const code = call.files.filter((file) => file.includes(`${path.sep}dist${path.sep}`));
    const texts = code.map((file) => fs.readFileSync(file, 'utf8'));
    expect(texts.join('').length).toBeLessThanOrEqual(500 * 1024);
    expect(texts.filter((text) => /ZodMiniObject|YAMLParseError/.test(text))).toEqual([]);
  });

  test('for --version is nothing', () => {
    expect(loaded(['--version']).builtins).toEqual([]);
  });

  test.each([
    [['--help']],
    [['create-all', '--nmae']],
    [['create-key-pair', '--output-dir', 'other-keys']],
  ])('for %j has no network client', (words) => {
    const heavy = ['tls', 'http', 'https', 'http2', 'tty'];
    const { builtins } = loaded(words);
    expect(heavy.filter((name) => builtins.includes(`NativeModule ${name}`))).toEqual([]);
  });
});

describe('on a terminal', () => {
  test('has escape codes only without NO_COLOR', () => {
    const python = `import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)`;
    const shown = (more: { [name: string]: string }): string =>
      spawnSync('python3', ['-c', python, program, 'create-all', '--nope'], {
        env: { ...env, TERM: 'xterm', ...more },
        encoding: 'utf8',
      }).stdout;
    expect(shown({})).toContain('\u001b[31merror:');
    expect(shown({ NO_COLOR: '1' })).toMatch(/^error: unknown option "--nope"/);
  });
});
