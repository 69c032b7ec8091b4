import { describe, expect, it } from 'vitest';
import {
  planBucketPolicy,
  statementsExposing,
  type Reader,
} from '../../../src/core/hosting/bucket-policy.ts';
import { matchesPattern } from '../../../src/core/hosting/statement.ts';
import { isJsonObject, type JsonObject } from '../../../src/core/json.ts';

const arn = 'arn:aws:s3:::c-oidc';
const documents = ['keys.json', 'openid/v1/jwks', '.well-known/openid-configuration'].map(
  (key) => `${arn}/${key}`,
);
const state = `${arn}/.oidc-bootstrap/rotation.json`;
const cloudfront: Reader = {
  kind: 'cloudfront',
  distributionArn: 'arn:aws:cloudfront::111122223333:distribution/E1',
};

function plan(reader: Reader, found?: JsonObject) {
  return planBucketPolicy({ bucket: 'c-oidc', partition: 'aws', reader, found });
}

function statements(policy: JsonObject | undefined): readonly JsonObject[] {
  const list = policy?.['Statement'];
  return Array.isArray(list) ? list.filter(isJsonObject) : [];
}

describe('the bucket policy', () => {
  it('allows one distribution to read the published documents, and denies plain HTTP', () => {
    const { policy } = plan(cloudfront);
    expect(policy).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'AllowCloudFrontOAC',
          Effect: 'Allow',
          Principal: { Service: 'cloudfront.amazonaws.com' },
          Action: 's3:GetObject',
          Resource: documents,
          Condition: { StringEquals: { 'AWS:SourceArn': cloudfront.distributionArn } },
        },
        {
          Sid: 'DenyInsecureTransport',
          Effect: 'Deny',
          Principal: '*',
          Action: 's3:*',
          Resource: [arn, `${arn}/*`],
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        },
      ],
    });
    expect(statementsExposing(policy ?? {}, state)).toEqual([]);
  });

  it('is the same for every cluster of a shared hosting, and denies what is not a document of one', () => {
    const shared: Reader = { ...cloudfront, shared: true };
    const { policy } = plan(shared);
    const reads = (key: string): boolean => {
      const effects = statements(policy)
        .filter(({ Condition, Principal }) => Condition === undefined || Principal !== '*')
        .filter(({ Resource }) =>
          [Resource].flat().some((one) => matchesPattern(String(one), `${arn}/${key}`)),
        )
        .map(({ Effect }) => Effect);
      return effects.includes('Allow') && !effects.includes('Deny');
    };
    for (const key of ['keys.json', 'openid/v1/jwks', '.well-known/openid-configuration']) {
      expect([key, reads(`a/${key}`), reads(key)]).toEqual([key, true, false]);
      for (const hidden of ['.oidc-bootstrap/', 'a/.oidc-bootstrap/', 'a/.oidc-bootstrap/b/']) {
        expect([hidden + key, reads(hidden + key)]).toEqual([hidden + key, false]);
      }
    }
    expect(reads('a/.oidc-bootstrap/rotation.json')).toBe(false);
    expect(statementsExposing(policy ?? {}, `${arn}/a/.oidc-bootstrap/rotation.json`)).toEqual([]);
    expect(plan(shared, policy).policy).toBeUndefined();
  });

  it('makes exactly the published documents public in the public layout', () => {
    const [open] = statements(plan({ kind: 's3-public' }).policy);
    expect(open).toMatchObject({ Principal: '*', Action: 's3:GetObject', Resource: documents });
  });

  it('is not changed if AWS returns it in another form with the same meaning', () => {
    const { policy } = plan(cloudfront);
    const reordered = {
      Statement: statements(policy).toReversed(),
      Version: '2012-10-17',
    };
    expect(plan(cloudfront, reordered).policy).toBeUndefined();
  });

  it('keeps statements of others and names them', () => {
    const foreign = {
      Sid: 'Backup',
      Effect: 'Allow',
      Principal: { AWS: 'arn:aws:iam::111122223333:role/backup' },
      Action: 's3:GetObject',
      Resource: `${arn}/keys.json`,
    };
    const { policy, kept } = plan(cloudfront, { Version: '2012-10-17', Statement: [foreign] });
    expect(statements(policy)).toContainEqual(foreign);
    expect(kept).toEqual(['Backup']);
  });

  it('names what somebody added to a statement of ours and what the next write removes', () => {
    const { policy } = plan(cloudfront);
    const [reader, tls] = statements(policy);
    const widened = {
      ...reader,
      Resource: [...documents, `${arn}/logo.png`],
      Condition: { StringEquals: { 'AWS:SourceArn': [cloudfront.distributionArn, 'arn:other'] } },
    };
    const again = plan(cloudfront, { Version: '2012-10-17', Statement: [widened, tls ?? {}] });
    expect(again.policy).toEqual(policy);
    expect(again.dropped).toEqual([
      'AllowCloudFrontOAC: logo.png',
      'AllowCloudFrontOAC: Condition StringEquals AWS:SourceArn arn:other',
    ]);
    expect(plan(cloudfront, policy).dropped).toEqual([]);
  });

  it('keeps a TLS statement of somebody else that has the usual Sid', () => {
    const theirs = {
      Sid: 'DenyInsecureTransport',
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:*',
      Resource: `${arn}/*`,
      Condition: { NumericLessThan: { 's3:TlsVersion': '1.2' } },
    };
    const { policy, kept } = plan(cloudfront, { Version: '2012-10-17', Statement: [theirs] });
    expect(statements(policy)).toContainEqual(theirs);
    expect(kept).toEqual(['DenyInsecureTransport']);
    const sids = statements(policy).map((one) => String(one['Sid']));
    expect(new Set(sids).size).toBe(3);
    const ours = statements(plan(cloudfront).policy).at(-1);
    expect(statements(policy).at(-1)).toEqual({ ...ours, Sid: sids.at(-1) });
    expect(plan(cloudfront, policy).policy).toBeUndefined();
    expect(plan(cloudfront, policy).kept).toEqual(['DenyInsecureTransport']);
  });

  it('restricts ccoctl’s public read statement to the documents, once', () => {
    const ccoctl = {
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'AllowReadPublicAccess',
          Principal: '*',
          Effect: 'Allow',
          Action: ['s3:GetObject'],
          Resource: [`${arn}/*`],
        },
      ],
    };
    const first = plan({ kind: 's3-public' }, ccoctl);
    expect(first.detail).toMatch(/narrowed/);
    expect(first.kept).toEqual([]);
    expect(statements(first.policy)[0]).toMatchObject({
      Sid: 'AllowReadPublicAccess',
      Resource: documents,
    });
    expect(statementsExposing(ccoctl, state)).toEqual(['AllowReadPublicAccess']);
    expect(statementsExposing(first.policy ?? {}, state)).toEqual([]);
    expect(plan({ kind: 's3-public' }, first.policy).policy).toBeUndefined();
  });

  it.each([
    { AWS: 'arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E2' },
    { CanonicalUser: 'abc123' },
  ])('restricts the read statement of ccoctl’s origin access identity: %j', (principal) => {
    const ccoctl = {
      Version: '2012-10-17',
      Statement: [
        {
          Sid: '1',
          Effect: 'Allow',
          Principal: principal,
          Action: 's3:GetObject',
          Resource: `${arn}/*`,
        },
      ],
    };
    const narrowed = plan({ kind: 'cloudfront-oai' }, ccoctl);
    expect(statements(narrowed.policy)[0]).toMatchObject({
      Principal: principal,
      Resource: documents,
    });
    expect(statements(narrowed.policy).map((one) => one['Sid'])).toEqual([
      '1',
      'DenyInsecureTransport',
    ]);
  });

  it.each([
    ['another account', 'Partner', { CanonicalUser: 'abc123' }],
    [
      'an identity of another distribution',
      'Cdn2',
      { AWS: 'arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E3' },
    ],
    [
      'an identity together with somebody else',
      '1',
      {
        AWS: [
          'arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E2',
          'arn:aws:iam::444455556666:root',
        ],
      },
    ],
  ])('keeps the read statement of %s and names it', (_, sid, principal) => {
    const statement = { Sid: sid, Effect: 'Allow', Principal: principal };
    const foreign = { ...statement, Action: 's3:GetObject', Resource: `${arn}/*` };
    const { policy, kept } = plan({ kind: 'cloudfront-oai' }, { Statement: [foreign] });
    expect(statements(policy)).toContainEqual(foreign);
    expect(kept).toEqual([sid]);
    expect(statementsExposing(policy ?? {}, state)).toEqual([sid]);
  });

  it.each([
    ['a variable', { Action: 's3:GetObject', Resource: `${arn}/\${aws:PrincipalTag/folder}/*` }],
    ['a wildcard resource', { Action: 's3:GetObject', Resource: `${arn}/*` }],
    ['a wildcard action', { Action: 's3:*', Resource: '*' }],
    ['a prefix', { Action: 's3:Get*', Resource: `${arn}/.oidc*` }],
    ['NotResource', { Action: 's3:GetObject', NotResource: `${arn}/keys.json` }],
    ['NotAction', { NotAction: 's3:PutObject', Resource: `${arn}/*` }],
  ])('is recognized to expose the rotation state through %s', (_, parts) => {
    const statement = { Sid: 'Open', Effect: 'Allow', Principal: '*', ...parts };
    expect(statementsExposing({ Statement: [statement] }, state)).toEqual(['Open']);
  });

  it.each([
    ['matches', `*${'a*'.repeat(40)}`, 'a'.repeat(300), ['Open']],
    ['does not match', `*${'a*'.repeat(40)}b`, 'a'.repeat(300), []],
    ['takes ? for one character', 'a?c', 'abc', ['Open']],
    ['takes ? for no two', 'a?c', 'abbc', []],
    ['ends where it must', '*b', 'abab', ['Open']],
    ['takes nothing for *', 'a*b*', 'ab', ['Open']],
  ])('is compared with a pattern in linear time: %s', (_, Resource, resource, exposing) => {
    const open = { Sid: 'Open', Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource };
    const started = performance.now();
    expect(statementsExposing({ Statement: [open] }, resource)).toEqual(exposing);
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
