// The runner of kubectl: its limits, with programs that stand in for one that hangs, floods or is old.

import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { kubectlFailure } from '../../../src/core/evidence/kubectl-failure.ts';
import { kubectlRunner } from '../../../src/local/kubectl.ts';

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'oidc-bootstrap-'));
afterAll(() => fs.rmSync(root, { recursive: true, force: true }));

let count = 0;
/** A runner whose kubectl is this shell script. */
function runnerOf(script: string, env: { readonly [name: string]: string } = {}) {
  count += 1;
  const folder = path.join(root, String(count));
  fs.mkdirSync(folder);
  fs.writeFileSync(path.join(folder, 'kubectl'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const limits = { requestSeconds: 1, runSeconds: 0.5, maxBytes: 1000 };
  return kubectlRunner({ ...env, PATH: `${folder}:/usr/bin:/bin` }, limits);
}

const asked = { what: 'get a token', allow: ['kubectl create rolebinding x --user <user>'] };

describe('the runner of kubectl', () => {
  it('gives the output, and hands on environment, time limit and input', async () => {
    const run = runnerOf('echo "$1 $2 $KUBECONFIG $KUBERC"; cat', { KUBECONFIG: 'mine' });
    const answer = await run({ args: ['get'], input: 'secret' });
    expect(answer).toEqual({ kind: 'done', stdout: '--request-timeout=1s get mine off\nsecret' });
  });

  it('ends a kubectl that hangs, or whose plugin does', async () => {
    const run = runnerOf('sleep 30 & wait');
    expect(await run({ args: [] })).toEqual({ kind: 'too-slow', seconds: 0.5 });
  });

  it('takes the answer of a kubectl that ended, though a plugin of it goes on and holds the pipes', async () => {
    const run = runnerOf('sleep 30 & echo answer');
    expect(await run({ args: [] })).toEqual({ kind: 'done', stdout: 'answer\n' });
  });

  it('ends a kubectl that floods', async () => {
    const run = runnerOf('exec yes');
    expect(await run({ args: [] })).toEqual({ kind: 'too-large', bytes: 1000 });
  });

  it('says where there is none', async () => {
    const answer = await kubectlRunner({ PATH: '/nonexistent' })({ args: [] });
    expect(answer).toEqual({ kind: 'not-started', reason: 'ENOENT' });
  });

  it.each([
    ['error: unknown command "token default"', 'came with version 1.24'],
    ['Error: must specify one of -f and -k', 'came with version 1.24'],
    [`W1126 14:13:16.0 1 loader.go:1] x\n${'long '.repeat(500)}`, 'long long'],
  ])('tells of "%.40s" in few words', async (stderr, words) => {
    const run = runnerOf(`printf '%s' '${stderr}' >&2; exit 1`);
    const answer = await run({ args: [] });
    if (answer.kind === 'done') throw new Error('it did not fail');
    const { message } = kubectlFailure(answer, asked);
    expect(message).toContain(words);
    expect(message.length).toBeLessThan(500);
  });

  it('gives no words about what was secret, and quotes the name of a user', () => {
    const repeat = { kind: 'failed', stderr: 'error: bad c2VjcmV0' } as const;
    const secret = kubectlFailure(repeat, { ...asked, secret: true });
    expect(secret.message).toBe('cannot get a token: kubectl failed');
    const stderr = 'Error from server (Forbidden): x is forbidden: User "a b; rm" cannot';
    const denied = kubectlFailure({ kind: 'failed', stderr }, asked);
    expect(denied.hint).toContain("--user 'a b; rm'");
  });
});
