// The flag parsers: which values they accept and refuse, and that one error names all wrong values.

import { describe, expect, test } from 'vitest';
import {
  finishReading,
  parseDuration,
  readAudiences,
  readAwsOptions,
  readBoolean,
  readTags,
  readTexts,
  startReading,
  type Flags,
} from '../../src/cli/flags/flags.ts';
import {
  readArn,
  readLayout,
  readMaxSessionDuration,
  readPermissionsBoundary,
  readRolePath,
} from '../../src/cli/flags/iam-flags.ts';
import { UsageError } from '../../src/core/errors.ts';

function issuesOf(flags: Flags, read: (reading: ReturnType<typeof startReading>) => unknown) {
  const reading = startReading(flags);
  read(reading);
  return reading.issues.map((issue) => `${issue.field} ${issue.message}`);
}

describe('durations', () => {
  test.each([
    ['90s', 90_000],
    ['30m', 1_800_000],
    ['24h10m', 87_000_000],
    ['1h2m3s', 3_723_000],
  ])('%s is %i milliseconds', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  test.each(['', '0s', '10', '5y', '-1m', '1h5d', '1m1h', '1.5h', ' 1h', '9999999h'])(
    '"%s" is no duration',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );
});

describe('booleans', () => {
  test.each([
    [true, true],
    [false, false],
    ['true', true],
    ['1', true],
    ['false', false],
    ['0', false],
    [undefined, undefined],
  ])('%s is read as %s', (given, read) => {
    expect(readBoolean(startReading({ dryRun: given }), 'dryRun')).toBe(read);
  });

  test.each(['yes', 'TRUE', ''])('"%s" is a usage error', (given) => {
    expect(issuesOf({ dryRun: given }, (reading) => readBoolean(reading, 'dryRun'))).toEqual([
      `--dry-run "${given}" is not one of true, false, 1, 0`,
    ]);
  });
});

describe('the flags of every command that talks to AWS', () => {
  test('are read with their defaults', () => {
    const options = readAwsOptions(startReading({ name: 'demo', region: 'eu-west-1' }));
    expect(options).toEqual({
      name: 'demo',
      region: 'eu-west-1',
      profile: undefined,
      endpointUrl: undefined,
      dryRun: false,
      timeoutMs: 1_800_000,
    });
  });

  test('are refused in one error that names each flag', () => {
    const reading = startReading({
      name: 'Not.Good',
      region: 'europe',
      endpointUrl: 'localhost:4566',
      timeout: 'soon',
      dryRun: 'perhaps',
    });
    readAwsOptions(reading);
    const issues = reading.issues.map((issue) => issue.field);
    expect(issues.toSorted()).toEqual([
      '--dry-run',
      '--endpoint-url',
      '--name',
      '--region',
      '--timeout',
    ]);
    expect(() => finishReading(reading)).toThrow(UsageError);
  });

  test('from the environment are refused under the names of their variables', () => {
    const flags = { name: 'Bad', region: 'eu-west-1', fromEnvironment: ['name'] };
    expect(issuesOf(flags, readAwsOptions)[0]).toContain('OIDC_BOOTSTRAP_NAME "Bad" must be');
  });

  test('include an endpoint, which is refused without showing its password', () => {
    const flags = { name: 'a', region: 'eu-west-1', endpointUrl: 'http://me:hunter2@localhost' };
    const issues = issuesOf(flags, readAwsOptions).join();
    expect(issues).toContain('--endpoint-url');
    expect(issues).not.toContain('hunter2');
  });
});

describe('lists', () => {
  test('audiences are split at commas and kept once', () => {
    const reading = startReading({ audience: ['openshift,sts.amazonaws.com', 'openshift'] });
    expect(readAudiences(reading, 'audience')).toEqual(['openshift', 'sts.amazonaws.com']);
    expect(reading.issues).toEqual([]);
  });

  test.each([['a,,b'], ['a b'], ['x'.repeat(256)], ['<a>'], ['${aws:username}']])(
    'audience "%s" is refused',
    (audience) => {
      expect(
        issuesOf({ audience: [audience] }, (reading) => readAudiences(reading, 'audience')),
      ).toHaveLength(1);
    },
  );

  test('of file names are not split at commas', () => {
    expect(readTexts(startReading({ publicKeyFile: ['a,b.pem'] }), 'publicKeyFile')).toEqual([
      'a,b.pem',
    ]);
  });
});

describe('tags', () => {
  test('have a key and a value, and the value may contain "="', () => {
    expect(Object.keys(readTags(startReading({ tag: ['__proto__=a'] })))).toEqual(['__proto__']);
    expect(readTags(startReading({ tag: ['team=a', 'url=x=y', 'empty='] }))).toEqual({
      team: 'a',
      url: 'x=y',
      empty: '',
    });
  });

  test.each(['novalue', '=x', 'aws:x=y', 'Name=y', 'a=<b>', 'oidc-bootstrap/x=owned'])(
    '"%s" is refused',
    (tag) => {
      expect(issuesOf({ tag: [tag] }, readTags)).toHaveLength(1);
    },
  );

  test('one key twice is refused', () => {
    expect(issuesOf({ tag: ['a=1', 'a=2'] }, readTags)[0]).toContain('twice');
    // S3 and CloudFront accept both, and then IAM refuses the role.
    expect(issuesOf({ tag: ['Team=1', 'team=2'] }, readTags)[0]).toContain('twice');
  });
});

describe('flags of IAM', () => {
  const provider = 'arn:aws:iam::111122223333:oidc-provider/d111111abcdef8.cloudfront.net';
  const policy = 'arn:aws-cn:iam::111122223333:policy/team/boundary';

  test('an ARN has the shape of its kind', () => {
    const flags = { identityProviderArn: provider };
    const flag = 'identityProviderArn';
    expect(readArn(startReading(flags), { flag, kind: 'oidc-provider' })).toBe(provider);
    expect(issuesOf(flags, (reading) => readArn(reading, { flag, kind: 'role' }))).toHaveLength(1);
  });

  test('a permissions boundary is an ARN or none', () => {
    const read = (permissionsBoundaryArn: string) =>
      readPermissionsBoundary(startReading({ permissionsBoundaryArn }));
    expect(read('none')).toBe('none');
    expect(read(policy)).toBe(policy);
    expect(read('boundary')).toBeUndefined();
  });

  test.each([
    ['3600', 3600],
    ['12h', 43_200],
    ['59m', undefined],
    ['43201', undefined],
  ])('a session of %s is %s seconds', (maxSessionDuration, seconds) => {
    expect(readMaxSessionDuration(startReading({ maxSessionDuration }))).toBe(seconds);
  });

  test.each([
    ['/', '/'],
    ['/clusters/', '/clusters/'],
    ['clusters', undefined],
    ['//x', undefined],
  ])('path "%s" is read as %s', (rolePath, read) => {
    expect(readRolePath(startReading({ rolePath }))).toBe(read);
  });

  test.each([
    [{}, undefined],
    [{ publicS3Bucket: true }, 'public'],
    [{ publicS3Bucket: 'false' }, 'private'],
    [{ createPrivateS3Bucket: true }, 'private'],
    [{ createPrivateS3Bucket: 'false' }, 'public'],
    [{ createPrivateS3Bucket: true, publicS3Bucket: false }, 'private'],
  ])('layout flags %j ask for %s', (flags, layout) => {
    const reading = startReading(flags);
    expect(readLayout(reading)).toBe(layout);
    expect(reading.issues).toEqual([]);
  });

  test('layout flags that contradict each other are refused', () => {
    const flags = { createPrivateS3Bucket: true, publicS3Bucket: true };
    expect(issuesOf(flags, readLayout)).toHaveLength(1);
  });
});
