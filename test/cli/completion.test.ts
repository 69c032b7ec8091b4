// completion: the scripts in real shells, without the program on PATH.

import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { commandTable } from '../../src/cli/command-table.ts';
import { shells, shownFlags } from '../../src/cli/completion/completion-words.ts';
import { runCli, temporaryFolder } from './fake-host.ts';

const script = async (shell: string): Promise<string> =>
  (await runCli(['completion', shell], { stdoutIsTerminal: true })).out;

/** What bash offers for each command line; the last word is the one under the cursor. */
async function bashOffers(
  lines: readonly (readonly string[])[],
  cwd?: string,
): Promise<readonly (readonly string[])[]> {
  const quote = (word: string): string => `'${word}'`;
  const asks = lines.map(
    (words) =>
      `COMP_WORDS=(oidc-bootstrap ${words.map(quote).join(' ')}); COMP_CWORD=${words.length}\n` +
      '_oidc_bootstrap; for word in "${COMPREPLY[@]}"; do echo "$word"; done; echo ---',
  );
  const input = [await script('bash'), 'PATH=', 'set -u', ...asks].join('\n');
  const { stdout, stderr, status } = spawnSync('bash', ['--norc', '-s'], {
    input,
    encoding: 'utf8',
    cwd,
  });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  return stdout
    .split('---\n')
    .slice(0, -1)
    .map((block) => block.split('\n').filter((word) => word !== ''));
}

test('bash completes commands, steps, flags and values', async () => {
  const steps = ['status', 'stage', 'promote', 'retire', 'rollback', 'emergency'];
  const cases: readonly (readonly [readonly string[], readonly string[]])[] = [
    [['create-a'], ['create-all']],
    [['aws', 'create-a'], ['create-all']],
    [['rotate-keys', ''], steps],
    [
      ['rotate-keys', 'promote', '--pro'],
      ['--profile', '--probe-role-arn', '--probe-region'],
    ],
    [['rotate-keys', 'retire', '--probe'], []],
    [
      ['create-all', '-o', ''],
      ['text', 'json'],
    ],
    [['create-all', '--output', '=', 'j'], ['json']],
    [
      ['create-all', '--output', '='],
      ['text', 'json'],
    ],
    [
      ['create-all', '--dry-run', '='],
      ['true', 'false'],
    ],
    [['create-all', '--name', ''], []],
    [
      ['create-all', '--dry-run', '--pub'],
      ['--public-key-file', '--public-s3-bucket'],
    ],
    [
      ['help', 'rotate-keys', 'st'],
      ['status', 'stage'],
    ],
    [['completion', ''], [...shells]],
    [
      ['permissions', 'create-i'],
      ['create-identity-provider', 'create-iam-roles'],
    ],
  ];
  const offered = await bashOffers(cases.map(([words]) => words));
  expect(offered).toEqual(cases.map(([, expected]) => expected));
});

test('bash completes files and folders, also with blanks in their names', async () => {
  const { folder, remove } = temporaryFolder();
  mkdirSync(path.join(folder, 'my folder'));
  writeFileSync(path.join(folder, 'my key.pem'), '');
  const offered = await bashOffers(
    [
      ['create-all', '--public-key-file', 'my'],
      ['create-all', '--output-dir', 'my'],
      ['create-all', '--output-dir', '=', 'my'],
    ],
    folder,
  );
  expect(offered.map((words) => words.toSorted())).toEqual([
    ['my folder', 'my key.pem'],
    ['my folder'],
    ['my folder'],
  ]);
  remove();
});

describe.each(shells)('the script for %s', (shell) => {
  test('names every command and every flag that help shows, and holds no tab', async () => {
    const text = await script(shell);
    expect(text).not.toContain('\t');
    for (const command of commandTable) {
      expect(text).toContain(command.name);
      for (const { name } of shownFlags(command)) {
        expect(text).toContain(shell === 'fish' ? ` -l ${name} ` : `--${name}`);
      }
    }
    expect(text).not.toContain('create-private-s3-bucket');
  });

  test('is read by the shell, where it is installed', async () => {
    const check = shell === 'fish' ? ['--no-execute'] : ['-n'];
    const input = await script(shell);
    const { error, status, stderr } = spawnSync(shell, check, { input, encoding: 'utf8' });
    const absent = shell !== 'bash' && error !== undefined;
    expect(absent || (status === 0 && stderr === '')).toBe(true);
  });
});

test('JSON holds the script, and a wrong or missing shell is an error', async () => {
  const { out } = await runCli(['completion', 'zsh', '-o', 'json']);
  const { result } = JSON.parse(out);
  expect(result).toEqual({ shell: 'zsh', script: await script('zsh') });
  const none = await runCli(['completion']);
  expect([none.code, none.err]).toEqual([
    2,
    'error: a shell is required: one of bash, zsh, fish\nhint: see oidc-bootstrap completion --help\n',
  ]);
  const wrong = await runCli(['completion', 'fis']);
  expect(wrong.err).toContain('unknown shell "fis": it is one of bash, zsh, fish');
  expect(wrong.err).toContain('did you mean fish?');
});
