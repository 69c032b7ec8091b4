// Clusters on a shared hosting are deleted one by one; the hosting goes only when none is left on it, and its
// own domain with it.

import { expect, it } from 'vitest';
import * as path from 'node:path';
import { addZone } from '../../local-aws/route53/route53-state.ts';
import { bucketOf, openScene } from '../scene.ts';
import { account, host, recordsOf, sizeOf } from './teardown-scene.ts';

it('a cluster loses what is its own, and the hosting goes after the last one', async () => {
  const scene = await openScene({ deployMs: 0 });
  const run = async (name: string, words: readonly string[]) =>
    await scene.run([...words, '--name', name], { folder: path.join(scene.root, name) });
  const shared = ['--shared-hosting', 'fleet'];
  try {
    addZone(scene.aws.state.route53, { id: 'Z1', account, name: 'example.com' });
    for (const [name, domain] of [
      ['a', ['--domain', host]],
      ['b', []],
    ] as const) {
      const all = ['create-all', '--service-account', 'team/web', '--key-size', '2048', ...shared];
      const made = await run(name, [...all, ...domain]);
      expect(made.code, made.stderr).toBe(0);
    }
    const keys = (): readonly string[] => [...(bucketOf(scene.aws, 'fleet')?.objects.keys() ?? [])];
    expect(keys()).toHaveLength(6);

    for (const words of [['delete', '--yes'], ['verify']]) {
      const forgotten = await run('a', words);
      expect([forgotten.code, forgotten.json.error.code]).toEqual([5, 'ISSUER_WOULD_CHANGE']);
      expect(forgotten.json.error.hint).toContain('--shared-hosting fleet');
    }
    const early = await run('fleet', ['delete', '--yes', '--detach-foreign']);
    expect([early.code, early.json.error.code]).toEqual([5, 'NAME_TAKEN']);
    expect(early.json.error.message).toContain('"a", "b"');

    const deleted = await run('a', ['delete', '--yes', ...shared]);
    expect(deleted.code, deleted.stderr).toBe(0);
    expect(deleted.json.result.left).toEqual([]);
    expect(keys().every((key) => key.startsWith('b/'))).toBe(true);
    expect((await run('a', ['delete', '--yes', ...shared])).json.changes).toEqual([]);
    expect((await run('b', ['verify', ...shared])).code).toBe(0);

    expect((await run('b', ['delete', '--yes', ...shared])).code).toBe(0);
    expect(recordsOf(scene)).toHaveLength(3);
    const last = await run('fleet', ['delete', '--yes']);
    expect(last.code, last.stderr).toBe(0);
    expect(sizeOf(scene)).toBe(0);
  } finally {
    await scene.close();
  }
});
