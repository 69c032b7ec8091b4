// The session: dry runs without credentials, Ctrl-C, and the details of failures.

import { describe, expect, test } from 'vitest';
import { listenForInterrupt } from '../../src/cli/session/interruption.ts';
import { AwsError, type BootstrapError } from '../../src/core/errors.ts';
import type { Aws } from '../../src/aws/ports.ts';
import { orEmptyAccount } from '../../src/workflows/empty-account.ts';
import { applyGate } from '../../src/workflows/gate.ts';
import { confirmYes } from '../../src/cli/session/confirm.ts';
import { openSession } from '../../src/cli/session/open-session.ts';
import { newRun } from '../../src/cli/session/run-state.ts';
import { openOutputFolder } from '../../src/local/output-folder.ts';
import { fakeHost } from './fake-host.ts';

const failure = (awsCode: string): AwsError =>
  new AwsError({
    code: 'AWS_CREDENTIALS_MISSING',
    message: 'no credentials',
    awsCode,
    operation: 'iam:GetRole',
  });

function awsThatFails(awsCode: string): { readonly aws: Aws; readonly calls: string[] } {
  const calls: string[] = [];
  const failing = (call: string) => async (): Promise<never> => {
    calls.push(call);
    throw failure(awsCode);
  };
  const aws = {
    s3: { headBucket: failing('s3.headBucket') },
    cloudfront: { listDistributions: failing('cloudfront.listDistributions') },
    iam: { getRole: failing('iam.getRole'), listRoles: failing('iam.listRoles') },
    acm: {},
    route53: {},
    sts: { getCaller: failing('sts.getCaller') },
    write: async () => ({}),
    useBucketRegion: () => {},
    serverTime: () => undefined,
  };
  return { aws: aws as unknown as Aws, calls };
}

describe('a dry run without credentials', () => {
  test('plans for an empty account and calls AWS only once', async () => {
    const { aws, calls } = awsThatFails('NoCredentials');
    let told = 0;
    const planning = orEmptyAccount(aws, () => {
      told += 1;
    });
    expect(await planning.getCaller()).toBeUndefined();
    expect(await planning.aws.iam.getRole('x')).toBeUndefined();
    expect(await planning.aws.iam.listRoles()).toEqual([]);
    expect(await planning.aws.s3.headBucket({ bucket: 'b', account: '1' })).toEqual({
      state: 'absent',
    });
    expect(await planning.aws.cloudfront.listDistributions()).toEqual([]);
    expect(calls).toEqual(['sts.getCaller']);
    expect(told).toBe(1);
  });

  test('is reported once by the first read', async () => {
    const { aws, calls } = awsThatFails('NoCredentials');
    const planning = orEmptyAccount(aws, () => {});
    expect(await planning.aws.iam.getRole('x')).toBeUndefined();
    expect(await planning.getCaller()).toBeUndefined();
    expect(calls).toEqual(['iam.getRole']);
  });

  test('does not hide the error of an unknown profile', async () => {
    const { aws } = awsThatFails('ProfileNotFound');
    await expect(orEmptyAccount(aws, () => {}).getCaller()).rejects.toThrow(AwsError);
  });
});

describe('Ctrl-C', () => {
  const change = { resource: 'iam-role', id: 'r', action: 'create', detail: '' } as const;

  test('stops the next wait and the next change, not the one under way', async () => {
    const host = fakeHost();
    const lines: string[] = [];
    const { clock, guard, stop } = listenForInterrupt(host, (text) => lines.push(text));
    const written: string[] = [];
    const gate = guard(
      applyGate(async (request) => {
        written.push(request.operation);
        host.interrupt();
        return {};
      }),
    );
    const requests = ['create-role', 'put-role-policy'].map(
      (operation) => ({ service: 'iam', operation, input: {} }) as const,
    );
    await gate.perform({ change, requests });
    expect(written).toEqual(['create-role', 'put-role-policy']);
    expect(lines[0]).toContain('Ctrl-C again');
    const interrupted = expect.objectContaining({ code: 'INTERRUPTED' });
    await expect(gate.perform({ change, requests })).rejects.toEqual(interrupted);
    await expect(clock.sleep(1000)).rejects.toEqual(interrupted);
    expect(gate.changes()).toEqual([change]);
    stop();
  });

  test('has no effect after the command has ended', () => {
    const host = fakeHost();
    const lines: string[] = [];
    listenForInterrupt(host, (text) => lines.push(text)).stop();
    host.interrupt();
    expect(lines).toEqual([]);
  });

  test('a wait uses the clock of the host', async () => {
    const host = fakeHost();
    const { clock } = listenForInterrupt(host, () => {});
    const before = clock.now().getTime();
    await clock.sleep(60_000);
    expect(clock.now().getTime() - before).toBe(60_000);
  });
});

test('an unexpected error is INTERNAL with exit code 1 and contains no secret', async () => {
  const { reportFailure } = await import('../../src/cli/output/report-failure.ts');
  const { newRun } = await import('../../src/cli/session/run-state.ts');
  const host = fakeHost();
  const state = newRun('create-all', true);
  state.result = { issuer: 'https://x' };
  const code = await reportFailure(new TypeError('x is not a function'), { host, state });
  expect(code).toBe(1);
  expect(host.err()).toBe(
    'error: unexpected: x is not a function\n' +
      'hint: run the same command again with --verbose and report its output; running it again is safe\n',
  );
  expect(JSON.parse(host.out())).toMatchObject({
    ok: false,
    error: { code: 'INTERNAL' },
    result: { issuer: 'https://x' },
  });
});

test('an AWS error has the operation and the code in its details', async () => {
  const { failureDocument } = await import('../../src/cli/output/report.ts');
  const outcome = {
    command: 'create-all',
    dryRun: false,
    changes: [],
    result: null,
    files: [],
    warnings: [],
  };
  const document = failureDocument(outcome, failure('NoCredentials') satisfies BootstrapError);
  expect(JSON.parse(document).error.details).toEqual({
    operation: 'iam:GetRole',
    awsCode: 'NoCredentials',
  });
});

test('the spinner is removed before a prompt is written', async () => {
  const host = fakeHost({ answers: ['y'] });
  const seen: string[] = [];
  const session = openSession({
    host: {
      ...host,
      stderr: { ...host.stderr, write: (text) => seen.push(text) },
      ask: async (question) => {
        seen.push(question);
        return 'y';
      },
    },
    folder: openOutputFolder('.'),
    progress: { tell: () => {}, line: () => {}, stop: () => {}, pause: () => seen.push('paused') },
    state: newRun('create-all', false),
    warn: () => {},
    note: () => {},
  });
  await confirmYes(session.host, { consequence: 'it is gone for good', yes: false });
  expect(seen).toEqual([
    'paused',
    'confirmation required: it is gone for good\n',
    'paused',
    'Go on? [y/N] ',
  ]);
});
