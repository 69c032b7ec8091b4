import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  account,
  host,
  providerArn,
  fixtures,
  storage,
  registry,
  scene,
  iam,
  openRoles,
  closeRoles,
  role,
  trustOf,
  policyOf,
  tagsOf,
  create,
  createFor,
  writesSince,
  details,
} from './roles-scene.ts';
import type { Outcome } from '../scene.ts';

beforeEach(async () => {
  await openRoles();
});
afterEach(async () => {
  await closeRoles();
});

describe('create-iam-roles in an empty account', () => {
  it('creates a role for each request, restricted to its service accounts and the audiences', async () => {
    const { code, json } = await create(['--tag', 'team=a', '--max-session-duration', '2h']);
    expect(code).toBe(0);
    expect(trustOf(storage)).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Federated: providerArn },
          Action: 'sts:AssumeRoleWithWebIdentity',
          Condition: {
            StringEquals: {
              [`${host}:sub`]: [
                'system:serviceaccount:example-storage:storage-operator',
                'system:serviceaccount:example-storage:storage-controller',
              ],
              [`${host}:aud`]: ['openshift', 'sts.amazonaws.com'],
            },
          },
        },
      ],
    });
    expect(policyOf(storage)).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: ['ec2:AttachVolume', 'ec2:DescribeVolumes', 'ec2:DetachVolume'],
          Resource: '*',
        },
        {
          Effect: 'Allow',
          Action: ['kms:CreateGrant'],
          Resource: '*',
          Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
        },
      ],
    });
    expect(tagsOf(storage)).toEqual({
      'oidc-bootstrap/c': 'owned',
      'oidc-bootstrap/c/request': 'example-storage/storage-cloud-credentials',
      Name: 'c',
      team: 'a',
    });
    expect(role(storage)).toMatchObject({
      maxSessionDuration: 7200,
      path: '/',
      permissionsBoundary: undefined,
    });
    expect(role(storage).description).toContain('example-storage/storage-cloud-credentials');
    expect(json.result).toEqual({
      roles: [
        {
          credentialsRequest: 'example-storage',
          name: storage,
          arn: `arn:aws:iam::${account}:role/${storage}`,
          namespace: 'example-storage',
          serviceAccounts: ['storage-operator', 'storage-controller'],
          subjects: [
            'system:serviceaccount:example-storage:storage-operator',
            'system:serviceaccount:example-storage:storage-controller',
          ],
          secret: { namespace: 'example-storage', name: 'storage-cloud-credentials' },
          manifest: 'manifests/example-storage-storage-cloud-credentials-credentials.yaml',
        },
        expect.objectContaining({ credentialsRequest: 'example-registry', name: registry }),
      ],
      skipped: [
        {
          file: '10-storage.yaml',
          name: 'example-storage-gcp',
          reason: 'is for another cloud: GCPProviderSpec',
          group: 'GCP',
        },
        {
          file: '30-preview.yaml',
          name: 'example-preview',
          reason: expect.stringContaining('--enable-tech-preview'),
          group: 'tech preview',
        },
        {
          file: '30-preview.yaml',
          name: 'example-gone',
          reason: 'is marked for deletion (release.openshift.io/delete)',
          group: 'marked for deletion',
        },
        {
          file: '30-preview.yaml',
          name: 'example-notes',
          reason: 'kind is "ConfigMap", not CredentialsRequest',
          group: 'not a CredentialsRequest',
        },
      ],
    });
    expect(json.warnings).toEqual([
      expect.stringMatching(/manifests\/example-registry-registry.*"ExampleGate", "AnotherGate"/),
    ]);
  });

  it('makes two calls for each role, one to list roles and one to read the provider, all to IAM', async () => {
    await create();
    const operations = scene.aws.calls.map((call) => call.operation).toSorted();
    expect(operations).toEqual([
      'iam:CreateRole',
      'iam:CreateRole',
      'iam:GetOpenIDConnectProvider',
      'iam:ListRoles',
      'iam:PutRolePolicy',
      'iam:PutRolePolicy',
    ]);
  });

  it('makes three calls for each role if ListRoles is denied', async () => {
    scene.aws.deny('iam:ListRoles');
    const requests = Array.from({ length: 20 }, (_, n) => ({ name: `n${n}` }));
    expect((await createFor(requests)).code).toBe(0);
    expect(scene.aws.calls.filter((call) => call.operation !== 'iam:ListRoles')).toHaveLength(61);
  });

  it('writes Secrets where ccoctl writes them, and ServiceAccounts in another folder', async () => {
    const { json } = await create();
    expect(scene.read('manifests/example-registry-registry-credentials-credentials.yaml')).toBe(
      [
        'apiVersion: v1',
        'stringData:',
        '  credentials: |-',
        '    [default]',
        '    sts_regional_endpoints = regional',
        `    role_arn = arn:aws:iam::${account}:role/${registry}`,
        '    web_identity_token_file = /var/run/secrets/example/token',
        'kind: Secret',
        'metadata:',
        '  name: registry-credentials',
        '  namespace: example-registry',
        'type: Opaque',
        '',
      ].join('\n'),
    );
    expect(scene.read('serviceaccounts/example-storage-storage-operator.yaml')).toContain(
      [
        `    eks.amazonaws.com/role-arn: arn:aws:iam::${account}:role/${storage}`,
        '    eks.amazonaws.com/audience: sts.amazonaws.com',
        '    eks.amazonaws.com/sts-regional-endpoints: "true"\n',
      ].join('\n'),
    );
    expect(json.files.map((file) => file.path)).toEqual([
      'aws-config/example-registry-registry',
      'aws-config/example-storage-storage-controller',
      'aws-config/example-storage-storage-operator',
      'manifests/example-registry-registry-credentials-credentials.yaml',
      'manifests/example-storage-storage-cloud-credentials-credentials.yaml',
      'oidc-bootstrap.json',
      'pods/example-registry-registry.yaml',
      'pods/example-storage-storage-controller.yaml',
      'pods/example-storage-storage-operator.yaml',
      'serviceaccounts/example-registry-registry.yaml',
      'serviceaccounts/example-storage-storage-controller.yaml',
      'serviceaccounts/example-storage-storage-operator.yaml',
    ]);
    expect(JSON.parse(scene.read('oidc-bootstrap.json'))).toMatchObject({
      name: 'c',
      account,
      issuer: `https://${host}`,
    });
  });

  it('uses the first audience of a provider that does not have the default one', async () => {
    iam().oidcProviders.get(providerArn)?.clientIds.splice(0, 2, 'aws-iam', 'other');
    await create();
    expect(scene.read('serviceaccounts/example-storage-storage-operator.yaml')).toContain(
      'eks.amazonaws.com/audience: aws-iam\n',
    );
  });

  it('writes separate files for two ServiceAccounts whose joined names are equal, also over two runs', async () => {
    const first = { name: 'one', namespace: 'team', secret: 's', serviceAccounts: ['a-web'] };
    const second = { name: 'two', namespace: 'team-a', secret: 't', serviceAccounts: ['web'] };
    const holders = (): readonly string[] =>
      fs
        .readdirSync(path.join(scene.folder, 'serviceaccounts'))
        .map((file) => scene.read(`serviceaccounts/${file}`))
        .map((text) => `${/ namespace: (.*)/.exec(text)?.[1]}/${/ name: (.*)/.exec(text)?.[1]}`);
    await createFor([first]);
    const { code, json } = await createFor([second]);
    expect(code).toBe(0);
    expect(holders().toSorted()).toEqual(['team-a/web', 'team/a-web']);
    expect(scene.read('serviceaccounts/team-a-web.yaml')).toContain('namespace: team\n');
    expect(json.warnings).toEqual([
      expect.stringMatching(
        /^manifests of an earlier run without a CredentialsRequest: .*"aws-config\/team-a-web", "manifests\/team-s-credentials.yaml", "pods\/team-a-web.yaml", "serviceaccounts\/team-a-web.yaml"; remove/,
      ),
      expect.stringContaining('"c-team-s" (for team/s)'),
    ]);
    const both = await createFor([second, first]);
    expect(both.json).toMatchObject({ changes: [], warnings: [] });
    expect(holders()).toHaveLength(2);
  });

  it('names the manifest that is only for feature gates, under the name that it has', async () => {
    const annotations = { 'release.openshift.io/feature-gate': 'One, Two' };
    const request = { name: 'two', namespace: 'team-a', secret: 'web', annotations };
    const plain = 'manifests/team-a-web-credentials.yaml';
    const reminder = (file: string): string =>
      `delete ${file} unless feature gates "One", "Two" are enabled`;
    expect((await createFor([request])).json.warnings).toEqual([reminder(plain)]);
    // A Secret of that name, of another namespace, has the plain name.
    fs.writeFileSync(path.join(scene.folder, plain), 'metadata: {name: a-web, namespace: team}\n');
    const { code, json, stderr } = await createFor([request]);
    expect(code, stderr).toBe(0);
    const { manifest } = json.result.roles[0];
    expect(manifest).not.toBe(plain);
    expect(json.warnings).toContain(reminder(manifest));
  });

  it('names a ServiceAccount file that no request needs any more', async () => {
    const one = { name: 'one', namespace: 'shared', secret: 'a' };
    await createFor([one]);
    const { json } = await createFor([one, { name: 'two', namespace: 'shared', secret: 'b' }]);
    expect(json.warnings).toEqual([
      expect.stringContaining('"serviceaccounts/shared-operator.yaml"'),
      expect.stringContaining('gets no manifest'),
    ]);
  });

  it('writes no manifest for a ServiceAccount of two requests, and warns', async () => {
    const { json } = await createFor([
      { name: 'one', namespace: 'shared', secret: 'a' },
      { name: 'two', namespace: 'shared', secret: 'b' },
    ]);
    expect(json.warnings).toEqual([
      expect.stringMatching(/"shared\/operator" gets no manifest.*"one", "two"/),
    ]);
    expect(fs.existsSync(path.join(scene.folder, 'serviceaccounts'))).toBe(false);
  });

  it('includes tech preview requests with --enable-tech-preview', async () => {
    const { json } = await create(['--enable-tech-preview']);
    expect(json.result.roles).toHaveLength(3);
  });

  it('waits until IAM finds a new role', async () => {
    await closeRoles();
    await openRoles({ iamVisibilityMs: 20_000 });
    const { code, json } = await create();
    expect(code).toBe(0);
    expect(policyOf(registry)).not.toBeNull();
    expect(details(json)).toHaveLength(2);
  });
});

describe('without the ARN of a provider', () => {
  const byName = async (words: readonly string[] = []): Promise<Outcome> =>
    await scene.run([
      'create-iam-roles',
      '--name',
      'c',
      '--credentials-requests-dir',
      fixtures,
      ...words,
    ]);

  it('create-iam-roles finds the provider by the cluster name', async () => {
    scene.aws.state.iam.accounts.get(account)?.oidcProviders.clear();
    await scene.run(['create-key-pair', '--key-size', '2048']);
    const made = await scene.run(['create-identity-provider', '--name', 'c', '--public-s3-bucket']);
    expect(made.code).toBe(0);
    const { code } = await byName();
    expect(code).toBe(0);
    const [statement] = trustOf(storage).Statement;
    expect(statement.Principal.Federated).toBe(made.json.result.identityProviderArn);
    expect((await byName()).json.changes).toEqual([]);
  });

  it('the error for a name without an issuer says what to run first', async () => {
    const { code, json } = await byName();
    expect(code).toBe(2);
    expect(json.error).toMatchObject({
      message: '"c" has no issuer in region "eu-west-1" yet',
      hint: expect.stringContaining('create-identity-provider --name c --region eu-west-1'),
    });
  });

  it('a dry run plans with placeholders for unknown values', async () => {
    const { code, json } = await byName(['--dry-run']);
    expect(code).toBe(0);
    expect(json.result.roles[0].arn).toBe(`arn:aws:iam::${account}:role/${storage}`);
    expect(scene.read(`01-iam-create-role-${storage}.json`)).toContain('<issuer-host>:sub');
    expect(json.warnings.join()).toContain('has no issuer');
  });
});

describe('a dry run', () => {
  it('needs no credentials if the provider ARN is given', async () => {
    const env = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined };
    const { code, json } = await create(['--dry-run'], {
      env: { ...env, AWS_EC2_METADATA_DISABLED: 'true', AWS_REGION: undefined },
    });
    expect(code).toBe(0);
    expect(json.result.roles[0].arn).toBe(`arn:aws:iam::${account}:role/${storage}`);
    expect(scene.aws.calls).toEqual([]);
    const create01 = JSON.parse(scene.read(`01-iam-create-role-${storage}.json`));
    expect(create01.RoleName).toBe(storage);
    expect(JSON.parse(create01.AssumeRolePolicyDocument).Statement).toHaveLength(1);
    expect(fs.existsSync(path.join(scene.folder, `02-iam-put-role-policy-${storage}.json`))).toBe(
      true,
    );
    expect(fs.existsSync(path.join(scene.folder, 'oidc-bootstrap.json'))).toBe(false);
  });

  it('shows the differences of existing roles and changes nothing', async () => {
    await create();
    role(storage).inlinePolicies.clear();
    const start = scene.aws.calls.length;
    const { json } = await create(['--dry-run']);
    expect(details(json)).toEqual([`update ${storage}: inline policy: added`]);
    expect(writesSince(start)).toEqual([]);
  });
});
