// Start-up: help, version, a usage error and the key pair, on the installed package.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cleanEnv, peakMemoryOf, ratiosOf, timeOf, type Command } from './process-runs.ts';
import { judge, median, type Row } from './table.ts';

const root = path.join(import.meta.dirname, '..', '..');

/** The rows that need no AWS. `rounds` interleaved pairs each. */
export async function startupRows(rounds: number): Promise<readonly Row[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'oidc-bootstrap-bench-'));
  try {
    const program = install(folder);
    const ours = (...words: string[]): Command => ({
      file: process.execPath,
      words: [program, ...words],
    });
    const keys = path.join(folder, 'keys');
    timeOf(ours('create-key-pair', '--output-dir', keys));
    const nothing: Command = { file: process.execPath, words: ['-e', '0'] };
    const limits: { readonly [name: string]: number } = {
      '--version': 1.3,
      '--help': 2,
      'create-all --help': 2,
      'usage error': 2,
      'create-key-pair, key kept': 2.5,
    };
    const measured = ratiosOf(
      nothing,
      {
        'node -e 0': nothing,
        '--version': ours('--version'),
        '--help': ours('--help'),
        'create-all --help': ours('create-all', '--help'),
        'usage error': ours('create-all', '--nmae'),
        'create-key-pair, key kept': ours('create-key-pair', '--output-dir', keys),
      },
      rounds,
    );
    const times = Object.entries(limits).map(([name, limit]): Row => {
      const { ratio, milliseconds } = measured.get(name) ?? { ratio: NaN, milliseconds: NaN };
      return {
        what: name,
        measured: `${ratio.toFixed(2)}x  ${milliseconds.toFixed(1)} ms`,
        target: `${limit}x of node -e 0`,
        verdict: judge(ratio, limit),
      };
    });
    return [
      ...times,
      memoryRow(nothing, ours('--help')),
      npxRow(folder),
      keyPairRow(ours, { folder, pairs: Math.max(rounds, 60) }),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function install(folder: string): string {
  const npm = (...words: string[]): void => {
    execFileSync('npm', [...words, '--silent'], { cwd: folder, env: cleanEnv });
  };
  npm('pack', root);
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '';
  writeFileSync(path.join(folder, 'package.json'), '{}');
  npm('install', '--offline', '--no-audit', '--no-fund', `./${tarball}`);
  return path.join(folder, 'node_modules', 'oidc-bootstrap', 'bin', 'oidc-bootstrap.cjs');
}

/** The packed file run by npx, with nothing in npm's cache. */
function npxRow(folder: string): Row {
  const tarball = path.join(
    folder,
    readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '',
  );
  const run = (number: number): number =>
    timeOf({
      file: 'npx',
      words: ['--yes', '--package', tarball, 'oidc-bootstrap', '--version'],
      env: { npm_config_cache: path.join(folder, `cache-${number}`) },
    });
  const milliseconds = median([1, 2, 3].map(run));
  return {
    what: 'cold npx of the packed file',
    measured: `${milliseconds.toFixed(0)} ms`,
    target: '1000 ms',
    verdict: judge(milliseconds, 1000),
  };
}

function memoryRow(nothing: Command, help: Command): Row {
  const runs = Array.from({ length: 9 }, () => peakMemoryOf(help) / peakMemoryOf(nothing));
  const ratio = median(runs);
  return {
    what: 'peak memory of --help',
    measured: `${ratio.toFixed(2)}x`,
    target: '1.1x of node -e 0',
    verdict: judge(ratio, 1.1),
  };
}

/** Judged only where openssl searches for primes as fast as Node's own OpenSSL does. */
function keyPairRow(
  ours: (...words: string[]) => Command,
  { folder, pairs }: { readonly folder: string; readonly pairs: number },
): Row {
  const ratios: { ours: number; theirs: number }[] = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    const into = path.join(folder, `pair-${pair}`);
    ratios.push({
      ours: timeOf(ours('create-key-pair', '--output-dir', into)),
      theirs: timeOf({ file: 'openssl', words: ['genrsa', '-out', '/dev/null', '4096'] }),
    });
  }
  const mine = median(ratios.map((pair) => pair.ours));
  const theirs = median(ratios.map((pair) => pair.theirs));
  const version = execFileSync('openssl', ['version'], { encoding: 'utf8' });
  const minor = process.versions.openssl?.split('.').slice(0, 2).join('.') ?? '';
  const comparable = version.startsWith(`OpenSSL ${minor}.`);
  return {
    what: `create-key-pair, 4096 bits, ${pairs} pairs`,
    measured: `${(mine / theirs).toFixed(2)}x  ${mine.toFixed(0)} ms`,
    target: '1.25x of openssl genrsa 4096',
    verdict: comparable ? judge(mine / theirs, 1.25) : 'not judged',
  };
}
