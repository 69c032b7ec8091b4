// Documents of an issuer that somebody else serves, judged as STS reads them.

import { describe, expect, it } from 'vitest';
import { BootstrapError } from '../../../src/core/errors.ts';
import type { FetchedDocument } from '../../../src/core/issuer/fetched-document.ts';
import { judgeDiscovery } from '../../../src/core/issuer/served-elsewhere.ts';

const issuer = 'https://oidc.example.com';

const answered = (status: number, body = ''): FetchedDocument => ({
  ok: true,
  status,
  body,
  headers: {},
});

function refusalOf(answer: FetchedDocument): BootstrapError {
  try {
    judgeDiscovery(issuer, answer);
  } catch (error) {
    if (error instanceof BootstrapError) return error;
  }
  throw new Error('the documents are taken');
}

const withJwksUri = (jwksUri: string): FetchedDocument =>
  answered(200, JSON.stringify({ issuer, jwks_uri: jwksUri }));

describe('an answer', () => {
  it.each([401, 403])('with HTTP %d tells how a Kubernetes API server lets STS in', (status) => {
    const { code, hint } = refusalOf(answered(status));
    expect(code).toBe('ISSUER_UNREACHABLE');
    expect(hint).toContain('--anonymous-auth');
    expect(hint).toContain('system:service-account-issuer-discovery');
  });

  it('that does not come is said with its reason and what STS waits for', () => {
    const { message, hint } = refusalOf({ ok: false, reason: 'no answer within 5 s' });
    expect(message).toContain('no answer within 5 s');
    expect(hint).toContain('within 5 s');
  });
});

describe('a jwks_uri', () => {
  it.each([
    'https://10.0.0.1:6443/openid/v1/jwks',
    'https://172.20.0.1/k',
    'https://192.168.1.1/k',
    'https://169.254.169.254/k',
    'https://100.64.0.1/k',
    'https://127.0.0.1/k',
    'https://0x7f000001/k',
    'https://[::1]/k',
    'https://[fd00::1]/k',
    'https://localhost/k',
    'https://kubernetes.default.svc/openid/v1/jwks',
    'https://kubernetes.default.svc.cluster.local/k',
  ])('on %s is private, and the flag of the API server is named', (jwksUri) => {
    const { message, hint } = refusalOf(withJwksUri(jwksUri));
    expect(message).toContain('private address');
    expect(hint).toContain(`--service-account-jwks-uri=${issuer}/openid/v1/jwks`);
  });

  it.each(['https://keys.example.org/jwks', 'https://172.32.0.1/k', 'https://8.8.8.8/k'])(
    'on %s is taken',
    (jwksUri) => {
      expect(judgeDiscovery(issuer, withJwksUri(jwksUri))).toBe(jwksUri);
    },
  );
});
