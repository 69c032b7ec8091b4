// Public keys in all formats that clusters use, and the Kubernetes key id.

import { createHash, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { InputError, type InputIssue } from '../../../src/core/errors.ts';
import { kubernetesKeyId } from '../../../src/core/keys/key-id.ts';
import { readPublicKeys } from '../../../src/core/keys/public-key.ts';

const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const spki = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();
const pkcs1 = pair.publicKey.export({ type: 'pkcs1', format: 'pem' }).toString();
const other = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .publicKey.export({ type: 'spki', format: 'pem' })
  .toString();
const jwk = pair.publicKey.export({ format: 'jwk' });

const der = pair.publicKey.export({ type: 'spki', format: 'der' });

// openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=signer -days 36500
const certificate = `-----BEGIN CERTIFICATE-----
MIIDBTCCAe2gAwIBAgIUIhYFCHx5i5u8ggOt5tcGm0oJb6wwDQYJKoZIhvcNAQEL
BQAwETEPMA0GA1UEAwwGc2lnbmVyMCAXDTI2MTEyMjEyMTEyNVoYDzIxMjYxMDI5
MTIxMTI1WjARMQ8wDQYDVQQDDAZzaWduZXIwggEiMA0GCSqGSIb3DQEBAQUAA4IB
DwAwggEKAoIBAQDJeC8SDdeySggNFAQoDl0ZotbLzkNWYnsfnpDdRfhtoEyzrJ0O
+CVfoIiksH4xV9TNFc55+f90wI3izwHo2b0Lr5Q8OyRYWvkP3IEORulJNQoenmA3
tjkyFS8FgubBt32B8atTz0diHR04GG+H+misIucjYU/Oc75t0Py5CZIKJoo7TnqA
18zpLmIH22XoXlZ5426Lub4y6RBLuhwGiH4Ahwyaj25IUny0L+g2miq0318B8lAF
oDkL1nZtKPlq1K78mMap0yTS74HaUYTkErzu1G160KbqbyIgfDHDsga/mb7IV5qN
/qthZCm6zU+FxLXMuAMIl8rIvjrtyu8DVSpnAgMBAAGjUzBRMB0GA1UdDgQWBBSz
YeO8HCOEUB+1h2d8iKee57EKPTAfBgNVHSMEGDAWgBSzYeO8HCOEUB+1h2d8iKee
57EKPTAPBgNVHRMBAf8EBTADAQH/MA0GCSqGSIb3DQEBCwUAA4IBAQC4IhE9FMZN
1qZTwVbTBnVYrU7xReFTKOmdggmtqf0VqvheBVn/bBoKFPhoK+73X+ThJP+zlxZ2
bGePS5pTGSQ8BGXkXl3jmNc0LQxnIXFMxMykDBWe15hSn+hdHWjq5/wsMTo6Ec7K
CYSb8IJK5oAxw1xZM32VyySgFt0tKHIxnlcMU4kgnUJFJqBqnHPvWu7gDa3hPFA7
olCTsWVTST9uro1YoTN2KGjYPePKIlVory1jcvsM5PVEJ90ojpwKcUBYVVxp0UE9
l0LSmtYTUOzwUIZZNbOo/J/l6JoSo3r0mM8WUgGBXWUZB+4iAEINLpaZjQnfw0yp
ZBTiLMj8G84G
-----END CERTIFICATE-----
`;
const certifiedKey = `-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAyXgvEg3XskoIDRQEKA5d
GaLWy85DVmJ7H56Q3UX4baBMs6ydDvglX6CIpLB+MVfUzRXOefn/dMCN4s8B6Nm9
C6+UPDskWFr5D9yBDkbpSTUKHp5gN7Y5MhUvBYLmwbd9gfGrU89HYh0dOBhvh/po
rCLnI2FPznO+bdD8uQmSCiaKO056gNfM6S5iB9tl6F5WeeNui7m+MukQS7ocBoh+
AIcMmo9uSFJ8tC/oNpoqtN9fAfJQBaA5C9Z2bSj5atSu/JjGqdMk0u+B2lGE5BK8
7tRtetCm6m8iIHwxw7IGv5m+yFeajf6rYWQpus1PhcS1zLgDCJfKyL467crvA1Uq
ZwIDAQAB
-----END PUBLIC KEY-----
`;

// From the tests of Kubernetes: pkg/serviceaccount/jwt_test.go, rsaPublicKey and rsaKeyID.
const kubernetesKey = `-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA249XwEo9k4tM8fMxV7zx
OhcrP+WvXn917koM5Qr2ZXs4vo26e4ytdlrV0bQ9SlcLpQVSYjIxNfhTZdDt+ecI
zshKuv1gKIxbbLQMOuK1eA/4HALyEkFgmS/tleLJrhc65tKPMGD+pKQ/xhmzRuCG
51RoiMgbQxaCyYxGfNLpLAZK9L0Tctv9a0mJmGIYnIOQM4kC1A1I1n3EsXMWmeJU
j7OTh/AjjCnMnkgvKT2tpKxYQ59PgDgU8Ssc7RDSmSkLxnrv+OrN80j6xrw0OjEi
B4Ycr0PqfzZcvy8efTtFQ/Jnc4Bp1zUtFXt7+QeevePtQ2EcyELXE0i63T1CujRM
WwIDAQAB
-----END PUBLIC KEY-----
`;

function issuesWith(text: string): readonly InputIssue[] {
  try {
    readPublicKeys(text, 'key.pem');
  } catch (error) {
    if (error instanceof InputError) return error.issues;
    throw error;
  }
  return [];
}

const issuesOf = (text: string): readonly string[] =>
  issuesWith(text).map((issue) => issue.message);

describe('the key id', () => {
  test('equals the key id of Kubernetes for the same key', () => {
    const [key] = readPublicKeys(kubernetesKey, 'key.pem');
    expect(key?.keyId).toBe('JHJehTTTZlsspKHT-GaJxK7Kd1NQgZJu3fyK6K_QDYU');
  });

  test('is the SHA-256 of the DER SubjectPublicKeyInfo, base64url without padding', () => {
    const id = createHash('sha256').update(der).digest('base64');
    expect(kubernetesKeyId(der)).toBe(
      id.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', ''),
    );
  });
});

describe('public keys', () => {
  test.each([
    ['SPKI', spki],
    ['PKCS#1', pkcs1],
    ['SPKI labelled RSA PUBLIC KEY, as OpenShift does', spki.replaceAll('PUBLIC', 'RSA PUBLIC')],
    ['SPKI with Windows line ends', spki.replaceAll('\n', '\r\n')],
    ['SPKI after a comment', `signing key\n${spki}`],
  ])('%s is read', (_, text) => {
    expect(readPublicKeys(text, 'key.pem')).toEqual([
      {
        keyId: kubernetesKeyId(der),
        bits: 2048,
        jwk: { kty: 'RSA', n: jwk.n, e: jwk.e },
        spkiPem: spki,
      },
    ]);
  });

  test('the key of an X.509 certificate is read', () => {
    expect(readPublicKeys(certificate, 'key.pem')[0]?.spkiPem).toBe(certifiedKey);
  });

  test('several blocks give several keys in order, each once', () => {
    const keys = readPublicKeys(`${other}${spki}${pkcs1}`, 'key.pem');
    expect(keys.map((key) => key.spkiPem)).toEqual([other, spki]);
  });

  test('the returned PEM is in the form of Node', () => {
    const [key] = readPublicKeys(kubernetesKey, 'key.pem');
    expect(createPublicKey(key?.spkiPem ?? '').export({ type: 'spki', format: 'pem' })).toBe(
      key?.spkiPem,
    );
  });
});

describe('text that is not a usable public key', () => {
  const edwards = generateKeyPairSync('ed25519').publicKey;
  const small = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey;
  const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).publicKey;
  const pem = (key: typeof edwards): string =>
    key.export({ type: 'spki', format: 'pem' }).toString();

  test.each([
    ['nothing', '', 'is empty'],
    ['garbage', 'hello', 'holds no PEM block with a public key'],
    ['an OpenSSH key', 'ssh-rsa AAAA', 'is an OpenSSH public key, not PEM'],
    ['1024 bits', pem(small), 'is an RSA key of 1024 bits; at least 2048 are required'],
    [
      'an EC key of another curve',
      pem(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey),
      'is an EC key of curve "secp256k1"; P-256, P-384 and P-521 are accepted',
    ],
    ['RSA-PSS', pem(pss), 'is a key of type "rsa-pss"; RSA and EC keys are accepted'],
    [
      'a damaged block',
      spki.replace('MII', 'XXX'),
      'the block "PUBLIC KEY" cannot be read as a public key',
    ],
    [
      'a request',
      spki.replaceAll('PUBLIC KEY', 'CERTIFICATE REQUEST'),
      'the block "CERTIFICATE REQUEST" cannot be read as a public key',
    ],
  ])('%s is refused', (_, text, message) => {
    expect(issuesOf(text)).toEqual([message]);
  });

  const lines = other.trimEnd().split('\n');
  const middle = lines.slice(1, -1);
  const base64 = der.toString('base64');
  const damaged: readonly (readonly [string, string])[] = [
    ['a body that is cut', [lines[0], ...middle.slice(0, 3), lines.at(-1)].join('\n')],
    ['a file that is cut', lines.slice(0, 4).join('\n')],
    ['no END line', [lines[0], ...middle].join('\n')],
    ['no BEGIN line', [...middle, lines.at(-1)].join('\n')],
    ['neither line', middle.join('\n')],
    ['a misspelt END', other.replace('-END', '-EDN')],
    ['a misspelt BEGIN', other.replace('-BEGIN', '-BEGN')],
    ['another label at the end', other.replace('END PUBLIC', 'END RSA PUBLIC')],
    ['a dash missing before BEGIN', other.replace('-----BEGIN', '----BEGIN')],
    ['a dash missing after BEGIN', other.replace('KEY-----\n', 'KEY----\n')],
    ['dashes missing before END', other.replace('-----END', 'END')],
    ['"Begin" in lower case', other.replace('BEGIN', 'Begin')],
    ['all in lower case', other.replaceAll('PUBLIC KEY', 'public key').replace('BEGIN', 'begin')],
    ['a no-break space', other.replace('BEGIN PUBLIC', 'BEGIN\u00A0PUBLIC')],
    ['a no-break space in the label', other.replace('PUBLIC KEY', 'PUBLIC\u00A0KEY')],
    ['typographic dashes', other.replace('-----BEGIN', '\u2014\u2014-BEGIN')],
    ['a letter that is no base64', other.replace(/\nMII/, '\nM*I')],
    ['an ssh-rsa line', `ssh-rsa AAAAB3NzaC1yc2E${base64} me@host\n`],
    ['an ssh-rsa line with options', `restrict ssh-rsa AAAAB3NzaC1yc2E${base64} me@host\n`],
    ['an SSH2 key', `---- BEGIN SSH2 PUBLIC KEY ----\n${base64}\n---- END SSH2 PUBLIC KEY ----\n`],
    ['two bodies in one block', [lines[0], ...middle, ...middle, lines.at(-1)].join('\n')],
    ['a JSON Web Key', JSON.stringify({ kty: 'RSA', n: jwk.n, e: jwk.e })],
    ['an encrypted private key', '-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n'],
  ];

  test.each(damaged)('%s after or before a valid key is named once by its line', (_, text) => {
    const behind = issuesWith(`${spki}${text}`);
    expect(behind).toHaveLength(1);
    expect(behind[0]?.line).toBeGreaterThanOrEqual(spki.split('\n').length);
    const before = issuesWith(`${text}\n${spki}`);
    expect(before).toHaveLength(1);
    expect(before[0]?.line).toBeLessThan(text.split('\n').length + 1);
  });

  test('other text around and between blocks is ignored', () => {
    const certificateText =
      'Certificate:\n    Data:\n        Subject Public Key Info:\n            Public Key Algorithm: rsaEncryption\n' +
      '                Public-Key: (2048 bit)\n                Modulus:\n                    00:c9:78:2f:12:0d\n';
    const text = [
      '# key of the API servers -- begin here, rotated 2026-01-01',
      spki,
      '--- the key before that ---',
      'Bag Attributes\n    localKeyID: 54 69 6D 65\n    friendlyName: signer',
      'kid JHJehTTTZlsspKHT-GaJxK7Kd1NQgZJu3fyK6K_QDYU, SHA-256 ' + 'ab'.repeat(32),
      certificateText,
      other,
    ].join('\n');
    expect(readPublicKeys(text, 'key.pem').map((key) => key.spkiPem)).toEqual([spki, other]);
  });

  test('a private key is refused and not shown', () => {
    const text = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    expect(issuesOf(text)).toEqual(['is a private key; a public key is required']);
    expect(() => readPublicKeys(text, 'key.pem')).toThrow(/^key.pem:1: is a private key/);
  });

  test('every invalid block is named by its line', () => {
    expect(() => readPublicKeys(`${pem(small)}${spki}${pem(edwards)}`, 'key.pem')).toThrow(
      /^key.pem:1: .*1024 bits.*\nkey.pem:\d\d: .*"ed25519"/,
    );
  });
});
