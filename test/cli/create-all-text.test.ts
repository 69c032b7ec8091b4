// What people read after create-all.

import { expect, test } from 'vitest';
import { describe as describeAll } from '../../src/cli/commands/create-all.ts';
import { describe as describeRoles } from '../../src/cli/commands/create-iam-roles.ts';
import { stepLines } from '../../src/cli/output/step-lines.ts';
import type { CreateAllResult } from '../../src/core/result.ts';
import { issuerSteps } from '../../src/core/issuer/issuer-steps.ts';

const issuer = 'https://d1.cloudfront.net';
const result: CreateAllResult = {
  keyPair: {
    keyId: 'kid-1',
    keySize: 4096,
    created: true,
    privateKeyFile: 'serviceaccount-signer.private',
    publicKeyFile: 'serviceaccount-signer.public',
  },
  identityProvider: {
    issuer,
    jwksUri: `${issuer}/keys.json`,
    keyIds: ['kid-1'],
    audiences: ['openshift'],
    identityProviderArn: 'arn:aws:iam::111122223333:oidc-provider/d1.cloudfront.net',
    hosting: 'cloudfront',
    bucket: 'c-oidc',
    distribution: {
      id: 'E1',
      arn: 'arn:aws:cloudfront::111122223333:distribution/E1',
      domainName: 'd1.cloudfront.net',
    },
    originAccessControlId: 'O1',
    clusterSteps: issuerSteps({ issuer, jwksUri: `${issuer}/keys.json`, signerAtHand: true }),
  },
  iamRoles: {
    roles: [
      {
        credentialsRequest: 'r',
        name: 'c-ns-secret',
        arn: 'arn:aws:iam::111122223333:role/c-ns-secret',
        namespace: 'ns',
        serviceAccounts: ['sa'],
        secret: { namespace: 'ns', name: 'secret' },
        manifest: 'manifests/ns-secret-credentials.yaml',
      },
    ],
    skipped: [],
  },
};

test('what to do next stands in one list, at the end, and says nothing twice', () => {
  const lines = describeAll(result).split('\n');
  expect(lines.filter((line) => line.startsWith('next'))).toHaveLength(1);
  expect(lines.filter((line) => line.includes('manifests/ and tls/'))).toHaveLength(1);
  expect(lines.at(-1)).toContain('kubectl apply -f serviceaccounts/');
});

test('where no key was made, it says so', () => {
  const text = describeAll({ ...result, keyPair: null });
  expect(text).toMatch(/^no signing key was made: .*publishes/);
});

test('create-iam-roles without roles begins with what it has to say', () => {
  expect(describeRoles({ roles: [], skipped: [] })).toBe('no role was asked for');
});

test('steps are wrapped for a terminal, and commands stay whole', () => {
  const command = `\`oc replace -f ${'x'.repeat(120)} now\``;
  const [first, ...rest] = stepLines([`${'word '.repeat(30)}${command} then`]);
  expect(first).toMatch(/^ {2}- word .*word$/);
  expect(first?.length).toBeLessThanOrEqual(100);
  expect(rest.every((line) => /^ {4}\S/.test(line))).toBe(true);
  expect(rest).toContain(`    ${command}`);
  for (const line of describeAll(result).split('\n')) expect(line.length).toBeLessThanOrEqual(110);
});
