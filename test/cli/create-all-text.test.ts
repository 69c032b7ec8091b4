// The text output of create-all.

import { expect, test } from 'vitest';
import { describe as describeAll } from '../../src/cli/commands/create-all.ts';
import { describe as describeRoles } from '../../src/cli/commands/create-iam-roles.ts';
import { fileNamesIn, stepList, timeWithDistance, type Page } from '../../src/cli/output/page.ts';
import { plainStyle } from '../../src/cli/output/style.ts';
import type { CreateAllResult } from '../../src/core/result.ts';
import { platformSteps } from '../../src/core/cluster/platform-steps.ts';

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
    domain: null,
    certificateArn: null,
    prefix: null,
    originAccessControlId: 'O1',
    clusterSteps: platformSteps(undefined, {
      issuer,
      jwksUri: `${issuer}/keys.json`,
      signerAtHand: true,
    }),
  },
  iamRoles: {
    roles: [
      {
        credentialsRequest: 'r',
        name: 'c-ns-secret',
        arn: 'arn:aws:iam::111122223333:role/c-ns-secret',
        namespace: 'ns',
        subjects: ['system:serviceaccount:ns:sa'],
        serviceAccounts: ['sa'],
        secret: { namespace: 'ns', name: 'secret' },
        manifest: 'manifests/ns-secret-credentials.yaml',
      },
    ],
    skipped: [],
  },
};

const page = (options: Partial<Page> = {}): Page => ({
  style: plainStyle,
  width: 100,
  now: new Date('2026-11-22T12:00:00Z'),
  verbose: false,
  changed: true,
  fileName: fileNamesIn('./kp'),
  planned: undefined,
  ...options,
});

/** A result with that many roles, and with skipped requests for other clouds. */
const many = (roles: number): CreateAllResult => ({
  ...result,
  iamRoles: {
    roles: Array.from({ length: roles }, (_, index) => ({
      ...result.iamRoles.roles[0]!,
      arn: `arn:aws:iam::111122223333:role/c-ns-secret-${index}`,
      secret: { namespace: 'ns', name: `secret-${index}` },
    })),
    skipped: ['GCP', 'GCP', 'Azure'].map((group, index) => ({
      file: `${index}.yaml`,
      name: `r${index}`,
      reason: `is for another cloud: ${group}ProviderSpec`,
      group,
    })),
  },
});

test('the next steps are in one list at the end, without repetition', () => {
  const lines = describeAll(result, page()).split('\n');
  expect(lines.filter((line) => line.startsWith('Next'))).toHaveLength(1);
  expect(lines.filter((line) => line.includes('copy ./kp/manifests/ and ./kp/tls/'))).toHaveLength(
    1,
  );
  expect(lines.slice(-2).join(' ')).toContain('kubectl apply -f ./kp/serviceaccounts/');
});

test('a run that changed nothing does not repeat the steps on the cluster', () => {
  const text = describeAll(result, page({ changed: false }));
  expect(text).not.toContain('kube-apiserver');
  expect(text).toContain('--verbose shows them');
});

test('files are named as --output-dir was given', () => {
  expect(describeAll(result, page())).toContain(' ./kp/serviceaccount-signer.private ');
  const here = page({ fileName: fileNamesIn(undefined) });
  expect(describeAll(result, here)).toContain(' serviceaccount-signer.private ');
  expect(fileNamesIn('/srv/keys')('tls/a')).toBe('/srv/keys/tls/a');
  expect(fileNamesIn('../keys')('tls/a')).toBe('../keys/tls/a');
});

test('skipped requests are one line by reason, and listed with --verbose', () => {
  const brief = describeAll(many(1), page());
  expect(brief).toContain('3 CredentialsRequests skipped: 2 GCP, 1 Azure (--verbose lists them)');
  expect(brief).not.toContain('0.yaml');
  expect(describeAll(many(1), page({ verbose: true }))).toContain('  r2 in 2.yaml: is for another');
});

test('roles are a table of Secret and ARN, and one line if there are more than ten', () => {
  const few = describeAll(many(2), page()).split('\n');
  expect(few).toContain('  ns/secret-1  arn:aws:iam::111122223333:role/c-ns-secret-1');
  const all = describeAll(many(11), page());
  expect(all).toContain('11 roles (--verbose lists them)');
  expect(all).not.toContain('secret-3');
  expect(describeAll(many(11), page({ verbose: true }))).toContain('ns/secret-3 ');
});

test('on a narrow terminal each ARN is on its own line', () => {
  const lines = describeAll(many(2), page({ width: 50 })).split('\n');
  expect(lines).toContain('      arn:aws:iam::111122223333:role/c-ns-secret-1');
});

test('a run that made no key says so', () => {
  const text = describeAll({ ...result, keyPair: null }, page());
  expect(text).toMatch(/^no signing key was created: .*publishes/);
});

test('create-iam-roles without roles begins with its message', () => {
  expect(describeRoles({ roles: [], skipped: [] }, page())).toBe('no roles requested');
});

test.each([80, 100, 120])('steps wrap at %i columns, and commands do not', (width) => {
  const command = `\`oc replace -f ${'x'.repeat(120)} now\``;
  const [first, ...rest] = stepList(page({ width }), [`${'word '.repeat(30)}${command} then`]);
  expect(first).toMatch(/^ {2}- word .*word$/);
  expect(first?.length).toBeLessThanOrEqual(width);
  expect(rest.every((line) => /^ {4}\S/.test(line))).toBe(true);
  expect(rest).toContain(`    ${command}`);
});

test('commands of steps name files where --output-dir put them, and others as they are', () => {
  const steps = [
    '`install -m 644 serviceaccount-verifiers.pem /etc/rancher/k3s/serviceaccount-verifiers.pem`',
    '`talosctl patch machineconfig --patch @cluster/rotation-1-stage.yaml`',
  ];
  expect(stepList(page({ width: 200 }), steps)).toEqual([
    '  - `install -m 644 ./kp/serviceaccount-verifiers.pem /etc/rancher/k3s/serviceaccount-verifiers.pem`',
    '  - `talosctl patch machineconfig --patch @./kp/cluster/rotation-1-stage.yaml`',
  ]);
});

test('a time is shown with its distance from now', () => {
  expect(timeWithDistance(page(), '2026-11-23T11:59:00Z')).toBe('2026-11-23T11:59:00Z (in 23h59m)');
  expect(timeWithDistance(page(), '2026-11-22T11:00:00Z')).toBe('2026-11-22T11:00:00Z (1h ago)');
  expect(timeWithDistance(page(), '2027-02-20T12:00:00Z')).toBe('2027-02-20T12:00:00Z (in 90d)');
});
