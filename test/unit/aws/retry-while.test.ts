import { describe, expect, it } from 'vitest';
import type { Aws } from '../../../src/aws/ports.ts';
import type { WriteRequest } from '../../../src/core/change.ts';
import { AwsError } from '../../../src/core/errors.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { partitionById } from '../../../src/core/partition.ts';
import { ensureBucket } from '../../../src/workflows/hosting/ensure-bucket.ts';
import { ensureRole } from '../../../src/workflows/roles/ensure-role.ts';
import type { Context } from '../../../src/workflows/context.ts';
import { applyGate } from '../../../src/workflows/gate.ts';

type Refusal = { readonly operation: string; readonly awsCode: string; readonly text: string };

/** A bucket without configuration, whose reads first fail with these errors. */
function unconfigured(errors: readonly Error[]): object {
  const left = [...errors];
  const read = async (): Promise<undefined> => {
    const error = left.shift();
    if (error !== undefined) throw error;
  };
  return { getPublicAccessBlock: read, getObjectOwnership: read, getEncryptionAlgorithm: read };
}

/** A context that applies writes; each refusal is returned once, in order, for the operation it names. */
function stage(
  refusals: readonly Refusal[],
  reads: readonly Error[] = [],
): {
  readonly context: Context;
  readonly sent: readonly string[];
  readonly slept: () => number;
} {
  const left = [...refusals];
  const sent: string[] = [];
  let time = 0;
  const write = async ({ operation }: WriteRequest): Promise<JsonObject> => {
    sent.push(operation);
    const refusal = left[0];
    if (refusal?.operation !== operation) return {};
    left.shift();
    const { awsCode, text } = refusal;
    throw new AwsError({
      code: 'AWS_REQUEST_FAILED',
      message: `${operation} failed (${awsCode}: ${text})`,
      awsCode,
      operation,
    });
  };
  const context: Context = {
    aws: { s3: unconfigured(reads) } as unknown as Aws,
    gate: applyGate(write),
    clock: {
      now: () => new Date(time),
      sleep: async (milliseconds) => {
        time += milliseconds;
      },
    },
    progress: () => {},
    warn: () => {},
    fetchDocument: async () => ({ ok: false, reason: 'no network' }),
    fetchPublic: async () => ({ ok: false, reason: 'no network' }),
    nameServersOf: async () => undefined,
    caller: undefined,
    timeoutMs: 60_000,
  };
  return { context, sent, slept: () => time };
}

function makeBucket(context: Context): Promise<unknown> {
  const partition = partitionById('aws');
  if (partition === undefined) throw new Error('no such partition');
  const account = '111122223333';
  return ensureBucket(context, {
    target: { name: 'c', region: 'eu-west-1', account, partition },
    ref: { bucket: 'c-oidc', account },
    found: undefined,
    access: undefined,
    hosting: 'cloudfront',
    tags: {},
  });
}

async function makeRole(context: Context): Promise<void> {
  const providerArn = 'arn:aws:iam::111122223333:oidc-provider/d111111abcdef8.cloudfront.net';
  await ensureRole(context, {
    request: { serviceAccounts: [{ namespace: 'n', name: 'a' }] } as never,
    desired: {
      name: 'c',
      roleName: 'c-n-s',
      description: '',
      requestedBy: 'n/s',
      trust: {
        providerArn,
        subjects: ['system:serviceaccount:n:a'],
        audiences: ['x'],
        also: undefined,
        stop: undefined,
      },
      policy: '{}',
      attach: [],
      detach: [],
      tags: {},
      boundary: undefined,
      maxSessionDuration: undefined,
      path: undefined,
    },
    found: undefined,
  });
}

const times = (count: number, refusal: Refusal): readonly Refusal[] =>
  Array.from({ length: count }, () => refusal);

describe('a new bucket that S3 does not find yet', () => {
  const unseen = {
    operation: 'put-public-access-block',
    awsCode: 'NoSuchBucket',
    text: 'The specified bucket does not exist',
  };

  it('is configured as soon as S3 finds it', async () => {
    const { context, sent } = stage(times(3, unseen));
    await makeBucket(context);
    expect(sent).toEqual([
      'create-bucket',
      ...times(4, unseen).map(({ operation }) => operation),
      'put-bucket-ownership-controls',
      'put-bucket-encryption',
    ]);
  });

  it('is read as soon as S3 finds it', async () => {
    const error = new AwsError({ code: 'AWS_REQUEST_FAILED', message: 'unseen', ...unseen });
    const { context, sent, slept } = stage([], [error, error]);
    await makeBucket(context);
    expect(sent).toHaveLength(4);
    expect(slept()).toBeGreaterThan(0);
  });

  it('is an error after about a minute', async () => {
    const { context, slept } = stage(times(100, unseen));
    await expect(makeBucket(context)).rejects.toMatchObject({ awsCode: 'NoSuchBucket' });
    expect(slept()).toBeGreaterThan(30_000);
    expect(slept()).toBeLessThan(90_000);
  });
});

describe('a role whose provider IAM does not find yet', () => {
  const unseen = {
    operation: 'create-role',
    awsCode: 'MalformedPolicyDocument',
    text: 'Invalid principal in policy: "FEDERATED":"arn:aws:iam::111122223333:oidc-provider/x"',
  };

  it('is created as soon as IAM finds the provider', async () => {
    const { context, sent } = stage(times(2, unseen));
    await makeRole(context);
    expect(sent).toEqual(['create-role', 'create-role', 'create-role', 'put-role-policy']);
  });

  it('is not repeated if another principal does not exist', async () => {
    const text = 'Invalid principal in policy: "AWS":"AROAEXAMPLE"';
    const { context, sent } = stage([{ ...unseen, text }]);
    await expect(makeRole(context)).rejects.toMatchObject({ awsCode: 'MalformedPolicyDocument' });
    expect(sent).toEqual(['create-role']);
  });
});
