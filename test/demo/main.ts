// `npm run demo`: the whole job against the local AWS, without an account. The program runs as users
// run it, only its clock is simulated, so that CloudFront's minutes and a rotation's days pass at once.

import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { realHost } from '../../src/cli/session/real-host.ts';
import { main } from '../../src/main.ts';
import { startLocalAws } from '../local-aws/server.ts';
import { showRotation } from './rotation.ts';
import { assumeRole, verifyAsRelyingParty } from './token.ts';

/** The stage of the demo. */
export type Demo = {
  readonly clock: { readonly now: () => Date; readonly advance: (milliseconds: number) => void };
  readonly aws: Awaited<ReturnType<typeof startLocalAws>>;
  /** The output folder. */
  readonly folder: string;
  /** Runs the program as a user would; a failure ends the demo. */
  readonly run: (words: readonly string[]) => Promise<void>;
  readonly say: (text: string) => void;
};

async function demo(): Promise<void> {
  let offset = 0;
  const clock = {
    now: () => new Date(Date.now() + offset),
    advance: (milliseconds: number) => {
      offset += milliseconds;
    },
  };
  const aws = await startLocalAws({ clock });
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'oidc-bootstrap-demo-'));
  const folder = path.join(root, 'my-cluster');
  const say = (text: string): void => void process.stdout.write(`${text}\n`);

  for (const name of Object.keys(process.env))
    if (name.startsWith('AWS_')) delete process.env[name];
  Object.assign(process.env, aws.credentials, {
    AWS_REGION: 'eu-west-1',
    OIDC_BOOTSTRAP_NAME: 'my-cluster',
    OIDC_BOOTSTRAP_OUTPUT_DIR: folder,
    OIDC_BOOTSTRAP_ENDPOINT_URL: aws.endpoint,
    OIDC_BOOTSTRAP_EDGE_URL: aws.edgeUrl,
  });
  const run = async (words: readonly string[]): Promise<void> => {
    say(`\n$ oidc-bootstrap ${words.join(' ')}`);
    const host = realHost();
    const code = await main(words, {
      ...host,
      now: clock.now,
      sleep: async (milliseconds) => clock.advance(milliseconds),
    });
    if (code !== 0) throw new Error(`the program ended with exit code ${code}`);
  };
  const stage: Demo = { clock, aws, folder, run, say };

  try {
    const requests = path.resolve('test/fixtures/credentials-requests/demo');
    const createAll = ['create-all', '--credentials-requests-dir', path.relative('.', requests)];
    say('== 1. What would happen: nothing is written');
    await run([...createAll, '--dry-run', '--quiet']);
    say(
      '\n== 2. Let it happen: key, documents on a private bucket behind CloudFront, provider, roles',
    );
    await run(createAll);
    say('\n== 3. Run it again: nothing to change');
    await run([...createAll, '-o', 'json']);
    say('\n== 4. Is a token of the new key good?');
    await verifyAsRelyingParty(stage);
    await assumeRole(stage);
    say('\n== 5. Rotate the signing key without an outage (simulated clock)');
    await showRotation(stage);
    say('\nDone. The folder of this demo is removed; your AWS account was never involved.');
  } finally {
    await aws.close();
    fs.rmSync(root, { recursive: true, force: true });
  }
}

demo().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
