// The documented IAM policies for verify and list, held against every call of theirs.

import * as path from 'node:path';
import { expect, it } from 'vitest';
import { writeMadeRequests } from '../../fixtures/made-requests.ts';
import { expectExactly, optionalActions } from '../command-policy.ts';
import { openScene } from '../scene.ts';

it('the documented policies for verify and list allow exactly their calls', async () => {
  const scene = await openScene({ deployMs: 0 });
  try {
    const name = 'my-cluster';
    writeMadeRequests(path.join(scene.root, 'requests'), 2);
    await scene.run(['create-key-pair', '--key-size', '2048']);
    const create = ['create-all', '--name', name, '--credentials-requests-dir', 'requests'];
    expect((await scene.run(create)).code).toBe(0);

    const callsOf = async (words: readonly string[]) => {
      scene.aws.calls.length = 0;
      expect((await scene.run(words)).code).toBe(0);
      return [...scene.aws.calls];
    };
    expectExactly('verify', [
      ...(await callsOf(['verify', '--name', name, '--deep'])),
      ...(await callsOf(['verify', '--all'])),
    ]);
    expectExactly('list', await callsOf(['list']));

    for (const action of optionalActions('verify')) scene.aws.deny(action);
    const without = await scene.run(['verify', '--name', name, '--deep', '--strict']);
    expect(without.code).toBe(0);
  } finally {
    await scene.close();
  }
});
