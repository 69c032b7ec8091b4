import { describe, expect, it } from 'vitest';
import {
  issuerProblem,
  parseDiscovery,
  providerArn,
  renderDiscovery,
} from '../../../src/core/issuer/discovery.ts';

const issuer = 'https://d111111abcdef8.cloudfront.net';
const published = (text: string) => ({ text, ...parseDiscovery(text, 'doc') });

describe('the discovery document', () => {
  it('has the exact issuer and the URL of its keys', () => {
    const document: unknown = JSON.parse(renderDiscovery(issuer));
    expect(document).toMatchObject({
      issuer,
      jwks_uri: `${issuer}/keys.json`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
    });
  });

  it('keeps its bytes if nothing differs', () => {
    const text = renderDiscovery(issuer);
    const reformatted = JSON.stringify(JSON.parse(text));
    expect(renderDiscovery(issuer, published(text))).toBe(text);
    expect(renderDiscovery(issuer, published(reformatted))).toBe(reformatted);
  });

  it('keeps members that others added, and a jwks_uri of ours', () => {
    const other = JSON.stringify({
      ...(JSON.parse(renderDiscovery(issuer)) as object),
      jwks_uri: `${issuer}/openid/v1/jwks`,
      contact: 'platform team',
    });
    expect(renderDiscovery(issuer, published(other))).toBe(other);
  });

  it('repairs a jwks_uri that points elsewhere', () => {
    const other = renderDiscovery(issuer).replace(
      `${issuer}/keys.json`,
      'https://evil.example/keys',
    );
    const document: unknown = JSON.parse(renderDiscovery(issuer, published(other)));
    expect(document).toMatchObject({ jwks_uri: `${issuer}/keys.json` });
  });

  it.each(['', '{}', '{"issuer":"http://x"}', '{"issuer":"https://x/"}', '{"issuer":1}', '[]'])(
    'is not read from %j',
    (text) => {
      expect(() => parseDiscovery(text, 'doc')).toThrowError(/names no valid issuer/);
    },
  );
});

describe('an issuer', () => {
  it.each([issuer, 'https://b.s3.eu-west-1.amazonaws.com', 'https://h.example/path/to'])(
    'may be %s',
    (text) => {
      expect(issuerProblem(text)).toBeUndefined();
    },
  );

  it.each([
    'http://h.example',
    'https://h.example/',
    'https://h.example:8443',
    'https://h.example?x',
    'https://h.example#x',
    'https://u@h.example',
    `https://${'h'.repeat(260)}.example`,
  ])('must not be %s', (text) => {
    expect(issuerProblem(text)).toBeTypeOf('string');
  });

  it('gives the ARN of its provider with path and partition', () => {
    expect(
      providerArn({ issuer: 'https://h.example/p', account: '111122223333', partition: 'aws-cn' }),
    ).toBe('arn:aws-cn:iam::111122223333:oidc-provider/h.example/p');
  });
});
