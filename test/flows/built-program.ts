// The program as a process of its own, for tests that kill it. Bundled for the test: dist/ may be older.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { build } from 'rolldown';
import type { Scene } from './scene.ts';

export type BuiltProgram = {
  /**
   * Starts it on the scene's AWS and folder, and kills it with SIGKILL once `moment` resolves.
   * False where it ended before.
   */
  readonly killedAt: (
    scene: Scene,
    run: { readonly words: readonly string[]; readonly moment: Promise<void> },
  ) => Promise<boolean>;
  readonly remove: () => void;
};

export async function buildProgram(): Promise<BuiltProgram> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'oidc-bootstrap-built-'));
  const file = path.join(folder, 'cli.cjs');
  await build({
    input: 'src/cli.ts',
    platform: 'node',
    resolve: { mainFields: ['module', 'main'] },
    output: { file, format: 'cjs', minify: true, codeSplitting: false },
  });
  return {
    killedAt: async (scene, { words, moment }) => {
      const child = spawn(process.execPath, [file, ...words, '--output-dir', scene.folder], {
        cwd: scene.root,
        env: {
          HOME: scene.root,
          ...scene.aws.credentials,
          AWS_REGION: 'eu-west-1',
          OIDC_BOOTSTRAP_ENDPOINT_URL: scene.aws.endpoint,
          OIDC_BOOTSTRAP_EDGE_URL: scene.aws.edgeUrl,
        },
        stdio: 'ignore',
      });
      const closed = once(child, 'close');
      const reached = await Promise.race([moment.then(() => true), closed.then(() => false)]);
      child.kill('SIGKILL');
      await closed;
      return reached;
    },
    remove: () => fs.rmSync(folder, { recursive: true }),
  };
}
