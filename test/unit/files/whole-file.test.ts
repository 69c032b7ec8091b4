// Files of the output folder are written completely or not at all, and temporary files are removed.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import fsModule from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import * as os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readPrivateKey } from '../../../src/core/keys/public-key.ts';
import { openOutputFolder } from '../../../src/local/output-folder.ts';
import { newFileName } from '../../../src/local/process-runs.ts';
import { temporaryFolder } from '../../cli/fake-host.ts';
import { filesIn } from '../../flows/rotation/rotation-scene.ts';

let folder = '';
let remove = (): void => {};
beforeEach(() => {
  ({ folder, remove } = temporaryFolder());
});
afterEach(() => remove());

const hidden = '.oidc-bootstrap.tmp';
const modeOf = (file: string): string =>
  (fs.statSync(path.join(folder, file)).mode & 0o777).toString(8);

describe('a run that is killed while it writes', () => {
  it('leaves complete files, and the next run removes others', { timeout: 120_000 }, async () => {
    let leftovers = 0;
    for (let round = 0; round < 12; round += 1) {
      const words = ['--import', 'tsx', 'test/unit/files/killed-writer.ts', folder];
      const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
      await once(child.stdout, 'data');
      await sleep(Math.random() * 30);
      child.kill('SIGKILL');
      await once(child, 'close');

      const files = filesIn(folder);
      const results = files.filter((file) => !file.startsWith(hidden));
      leftovers += files.length - results.length;
      const allowed = [
        'manifests/a.yaml',
        'serviceaccount-signer.private',
        'serviceaccount-signer.public',
        'serviceaccounts/b.yaml',
        'tls/bound-service-account-signing-key.key',
      ];
      expect(allowed).toEqual(expect.arrayContaining([...results]));
      for (const file of ['manifests/a.yaml', 'serviceaccounts/b.yaml']) {
        if (!results.includes(file)) continue;
        const lines = fs.readFileSync(path.join(folder, file), 'utf8').trimEnd().split('\n');
        expect([lines.length, new Set(lines).size]).toEqual([20_000, 1]);
      }
      const key = fs.readFileSync(path.join(folder, allowed[4]!), 'utf8');
      expect(readPrivateKey(key, 'tls').bits).toBe(2048);
      if (fs.existsSync(path.join(folder, hidden))) expect(modeOf(hidden)).toBe('700');

      expect(openOutputFolder(folder).removeLeftovers()).toEqual([]);
      expect(fs.existsSync(path.join(folder, hidden))).toBe(false);
    }
    expect(leftovers).toBeGreaterThan(0);
  });
});

describe('a file', () => {
  /** Records the file operations of an action in order. */
  function recorded(action: () => void): readonly string[] {
    const calls: string[] = [];
    const open = new Map<number, string>();
    const { openSync, fsyncSync, renameSync, linkSync } = fsModule;
    const original = { openSync, fsyncSync, renameSync, linkSync };
    const name = (file: unknown): string => path.relative(folder, String(file)) || '.';
    const shown = (file: unknown): string => name(file).replace(/\.tmp\/.*/, '.tmp/file');
    Object.assign(fsModule, {
      openSync: (...words: Parameters<typeof fs.openSync>) => {
        const descriptor = original.openSync(...words);
        open.set(descriptor, shown(words[0]));
        return descriptor;
      },
      fsyncSync: (descriptor: number) => {
        calls.push(`flush ${open.get(descriptor)}`);
        original.fsyncSync(descriptor);
      },
      renameSync: (...words: Parameters<typeof fs.renameSync>) => {
        calls.push(`rename to ${name(words[1])}`);
        original.renameSync(...words);
      },
      linkSync: (...words: Parameters<typeof fs.linkSync>) => {
        calls.push(`link to ${name(words[1])}`);
        original.linkSync(...words);
      },
    });
    syncBuiltinESMExports();
    try {
      action();
    } finally {
      Object.assign(fsModule, original);
      syncBuiltinESMExports();
    }
    return calls;
  }

  it('is flushed to disk before it is renamed, and then its folder is', () => {
    const output = openOutputFolder(folder);
    output.write('tls/first', 'a', 0o600);
    expect(recorded(() => output.write('tls/key', 'a', 0o600)).slice(-3)).toEqual([
      `flush ${hidden}/file`,
      'rename to tls/key',
      'flush tls',
    ]);
    expect(recorded(() => output.create('new.private', 'a', 0o600)).slice(-3)).toEqual([
      `flush ${hidden}/file`,
      'link to new.private',
      'flush .',
    ]);
  });

  it('is flushed to disk together with its new folder', () => {
    const calls = recorded(() => openOutputFolder(folder).write('openshift/key', 'a', 0o600));
    expect(calls[0]).toBe('flush .');
  });
});

describe('folders that are made', () => {
  it('are not accessible to others under any umask', () => {
    const mask = process.umask(0);
    try {
      const output = openOutputFolder(path.join(folder, 'deep', 'out'));
      output.write('tls/key', 'a', 0o600);
      output.write('manifests/a.yaml', 'a', 0o644);
    } finally {
      process.umask(mask);
    }
    for (const made of ['deep', 'deep/out', 'deep/out/tls', 'deep/out/manifests']) {
      expect([made, modeOf(made)]).toEqual([made, '700']);
    }
    expect(modeOf('deep/out/manifests/a.yaml')).toBe('644');
  });

  it('are named if others can write to them, and keep their mode', () => {
    fs.mkdirSync(path.join(folder, 'tls'));
    fs.chmodSync(path.join(folder, 'tls'), 0o777);
    const output = openOutputFolder(folder);
    expect(output.sharedFolders()).toEqual([{ folder: path.join(folder, 'tls'), mode: '0777' }]);
    expect(modeOf('tls')).toBe('777');
  });
});

describe('a folder on another volume', () => {
  const volume = '/dev/shm';
  const other = (): boolean =>
    fs.existsSync(volume) && fs.statSync(volume).dev !== fs.statSync(os.tmpdir()).dev;

  it.runIf(other())('gets complete files too, and its temporary files are removed', async () => {
    const away = fs.mkdtempSync(path.join(volume, 'oidc-bootstrap-'));
    try {
      fs.symlinkSync(away, path.join(folder, 'tls'));
      const output = openOutputFolder(folder);
      output.write('tls/written', 'a', 0o600);
      output.create('tls/created', 'a', 0o600);
      output.writeDerived([{ path: 'tls/derived', text: 'a', mode: 0o600 }]);
      expect(fs.readdirSync(away).toSorted()).toEqual(['created', 'derived', 'written']);
      fs.mkdirSync(path.join(away, hidden));
      const left = newFileName().replace(/^\d+/, '4194303');
      fs.writeFileSync(path.join(away, hidden, left), 'a');
      expect(output.removeLeftovers()).toEqual([]);
      expect(fs.readdirSync(away)).toHaveLength(3);
      expect(fs.readdirSync(folder)).toEqual(['tls']);
    } finally {
      fs.rmSync(away, { recursive: true });
    }
  });
});

describe('the hidden folder', () => {
  it('is not written through a link', () => {
    fs.mkdirSync(path.join(folder, 'elsewhere'));
    fs.symlinkSync('elsewhere', path.join(folder, hidden));
    const write = (): void => openOutputFolder(folder).write('a', 'a', 0o600);
    expect(write).toThrow(`cannot write "${path.join(folder, hidden)}": it is a link or a file`);
    expect(fs.readdirSync(path.join(folder, 'elsewhere'))).toEqual([]);
  });
});
