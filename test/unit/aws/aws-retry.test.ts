import { afterEach, describe, expect, it } from 'vitest';
import { readRetrySettings, retryStrategy } from '../../../src/aws/retry.ts';
import { AwsError, UsageError } from '../../../src/core/errors.ts';
import {
  connectTo,
  queryError,
  s3Error,
  startScriptedServer,
  type ScriptedServer,
  type WireAnswer,
} from './scripted-server.ts';

const roleAnswer: WireAnswer = {
  status: 200,
  body: '<GetRoleResponse><GetRoleResult><Role><Path>/</Path><RoleName>r</RoleName><RoleId>A</RoleId><Arn>arn:aws:iam::1:role/r</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate><AssumeRolePolicyDocument>%7B%7D</AssumeRolePolicyDocument></Role></GetRoleResult></GetRoleResponse>',
};
const createRole = {
  service: 'iam',
  operation: 'create-role',
  input: { RoleName: 'r', AssumeRolePolicyDocument: '{}' },
} as const;

describe('retries', () => {
  let server: ScriptedServer | undefined;
  afterEach(async () => {
    await server?.close();
    server = undefined;
  });

  it('send a request that meets a quota exactly once', async () => {
    server = await startScriptedServer(() =>
      queryError('LimitExceeded', 'Cannot exceed quota for RolesPerAccount: 1000', 409),
    );
    await expect(connectTo(server).write(createRole)).rejects.toMatchObject({
      code: 'AWS_QUOTA',
      awsCode: 'LimitExceeded',
      attempts: 1,
    });
    expect(server.requests).toHaveLength(1);
  });

  it('repeat a throttled request until it succeeds', async () => {
    server = await startScriptedServer((_, index) =>
      index < 2 ? queryError('Throttling', 'Rate exceeded') : roleAnswer,
    );
    expect(await connectTo(server).iam.getRole('r')).toMatchObject({ name: 'r' });
    expect(server.requests).toHaveLength(3);
  });

  it('repeat a request whose connection was dropped', async () => {
    server = await startScriptedServer((_, index) => (index === 0 ? 'drop' : roleAnswer));
    expect(await connectTo(server).iam.getRole('r')).toMatchObject({ name: 'r' });
    expect(server.requests).toHaveLength(2);
  });

  it('count how often a refused request was sent, because an earlier attempt may have been applied', async () => {
    server = await startScriptedServer((_, index) =>
      index === 0
        ? 'drop'
        : queryError('EntityAlreadyExists', 'Role with name r already exists.', 409),
    );
    await expect(connectTo(server).write(createRole)).rejects.toMatchObject({
      awsCode: 'EntityAlreadyExists',
      attempts: 2,
      status: 409,
    });
  });

  it.each(['OperationAborted', 'ConditionalRequestConflict'])(
    'repeat what S3 refuses with %s',
    async (code) => {
      server = await startScriptedServer((_, index) =>
        index === 0
          ? s3Error(code, 'A conflicting operation is in progress', 409)
          : { status: 200 },
      );
      await connectTo(server).write({
        service: 's3api',
        operation: 'put-bucket-policy',
        input: { Bucket: 'demo-oidc', Policy: '{}' },
      });
      expect(server.requests).toHaveLength(2);
    },
  );

  it('repeat a request that IAM refuses with ConcurrentModification', async () => {
    server = await startScriptedServer((_, index) =>
      index === 0
        ? queryError('ConcurrentModification', 'Try again', 409)
        : { status: 200, body: '<CreateRoleResponse><CreateRoleResult/></CreateRoleResponse>' },
    );
    await connectTo(server).write(createRole);
    expect(server.requests).toHaveLength(2);
  });

  it('do not repeat a request that AWS understood and refused', async () => {
    server = await startScriptedServer(() => s3Error('PreconditionFailed', 'no', 412));
    await expect(
      connectTo(server).write({
        service: 's3api',
        operation: 'put-object',
        input: { Bucket: 'demo-oidc', Key: 'keys.json', IfMatch: '"1"' },
        body: { text: '{}', fileName: '03-keys.json' },
      }),
    ).rejects.toMatchObject({ awsCode: 'PreconditionFailed' });
    expect(server.requests).toHaveLength(1);
  });

  const anHourAhead = () => ({ date: new Date(Date.now() + 3_600_000).toUTCString() });
  const late = (answer: WireAnswer): WireAnswer =>
    answer === 'drop' ? answer : { ...answer, headers: anHourAhead() };

  it('do not treat every refusal as a clock problem if the clock is wrong', async () => {
    server = await startScriptedServer(() => late(queryError('NoSuchEntity', 'gone', 404)));
    expect(await connectTo(server).iam.getRole('r')).toBeUndefined();
    expect(server.requests).toHaveLength(1);
  });

  it('repeat a request with a wrong time once, with the corrected clock', async () => {
    server = await startScriptedServer((_, index) =>
      late(
        index === 0
          ? queryError('SignatureDoesNotMatch', 'Signature expired: now earlier', 403)
          : roleAnswer,
      ),
    );
    expect(await connectTo(server).iam.getRole('r')).toMatchObject({ name: 'r' });
    const dates = server.requests.map(({ headers }) => String(headers['x-amz-date']));
    expect(dates).toHaveLength(2);
    expect(dates[1]?.slice(0, 11)).not.toBe(dates[0]?.slice(0, 11));
  });

  it('end if the clock is right and the secret key is wrong', async () => {
    server = await startScriptedServer(() =>
      late(queryError('SignatureDoesNotMatch', 'The signature does not match', 403)),
    );
    await expect(connectTo(server).iam.getRole('r')).rejects.toMatchObject({ attempts: 2 });
  });

  it('repeat server errors and dropped connections also if the clock is wrong', async () => {
    server = await startScriptedServer((_, index) => {
      if (index === 0) return 'drop';
      return late(index === 1 ? queryError('ServiceFailure', 'broken', 500) : roleAnswer);
    });
    expect(await connectTo(server).iam.getRole('r')).toMatchObject({ name: 'r' });
    expect(server.requests).toHaveLength(3);
  });

  it('end after three attempts if nothing listens', async () => {
    const closed = await startScriptedServer(() => 'drop');
    await closed.close();
    const failure: unknown = await connectTo(closed)
      .iam.getRole('r')
      .catch((error) => error);
    expect(failure).toBeInstanceOf(AwsError);
    expect(failure).toMatchObject({ awsCode: 'ECONNREFUSED', attempts: 3 });
  });

  it('lose no call to a service that takes few a second, and use all of its rate', async () => {
    let free = 1;
    const refill = setInterval(() => (free = 1), 500);
    server = await startScriptedServer(() => {
      if (free === 0) return queryError('Throttling', 'Rate exceeded');
      free = 0;
      return roleAnswer;
    });
    const { iam } = connectTo(server);
    const begin = performance.now();
    for (let call = 0; call < 6; call += 1) {
      expect(await iam.getRole('r')).toMatchObject({ name: 'r' });
    }
    clearInterval(refill);
    // Two calls a second: at least 2.5 s.
    expect(performance.now() - begin).toBeLessThan(2_500 * 1.6);
  });

  it('end after AWS_MAX_ATTEMPTS attempts', async () => {
    server = await startScriptedServer(() => queryError('Throttling', 'Rate exceeded'));
    const aws = connectTo(server, { env: { AWS_MAX_ATTEMPTS: '2' } });
    await expect(aws.iam.getRole('r')).rejects.toMatchObject({
      code: 'AWS_THROTTLED',
      attempts: 2,
    });
    expect(server.requests).toHaveLength(2);
  });

  it('send a request that meets a quota once in standard mode too', async () => {
    server = await startScriptedServer(() => queryError('LimitExceeded', 'no more', 409));
    const aws = connectTo(server, { env: { AWS_RETRY_MODE: 'standard' } });
    await expect(aws.write(createRole)).rejects.toMatchObject({ code: 'AWS_QUOTA' });
    expect(server.requests).toHaveLength(1);
  });

  it('are adaptive with ten attempts by default, forty of what is throttled', () => {
    expect(readRetrySettings({})).toEqual({
      mode: 'adaptive',
      maxAttempts: 10,
      throttledAttempts: 40,
    });
    expect(readRetrySettings({ AWS_RETRY_MODE: 'standard' }).throttledAttempts).toBe(20);
    expect(readRetrySettings({ AWS_RETRY_MODE: 'standard', AWS_MAX_ATTEMPTS: '3' })).toEqual({
      mode: 'standard',
      maxAttempts: 3,
      throttledAttempts: 3,
    });
    for (const wrong of ['0', 'many', '-1', '1.5']) {
      expect(() => readRetrySettings({ AWS_MAX_ATTEMPTS: wrong })).toThrow(UsageError);
    }
  });
});

it('a request that is not answered in time is sent three times', async () => {
  type Token = Parameters<typeof strategy.refreshRetryTokenForRetry>[0];
  const strategy = retryStrategy({ mode: 'standard', maxAttempts: 10, throttledAttempts: 20 });
  const late = {
    errorType: 'TRANSIENT',
    error: Object.assign(new Error('x'), { name: 'TimeoutError', cause: new Error('y') }),
  } as const;
  let token = await strategy.acquireInitialRetryToken('');
  const again = async (): Promise<void> => {
    token = await strategy.refreshRetryTokenForRetry(token as Token, late);
  };
  await again();
  await again();
  await expect(again()).rejects.toThrow('in time');
});
