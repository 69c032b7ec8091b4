// Roles that flags ask for: service accounts instead of CredentialsRequests, an inline policy from a
// file, managed policies, and the files for their pods.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Outcome } from '../scene.ts';
import {
  account,
  closeRoles,
  createFor,
  details,
  host,
  iam,
  openRoles,
  policyOf,
  providerArn,
  role,
  scene,
  tagsOf,
  trustOf,
  writesSince,
} from './roles-scene.ts';

const readOnly = 'arn:aws:iam::aws:policy/ReadOnlyAccess';
const web = 'c-team-web';
const policy = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: ['arn:aws:s3:::b/*'] }],
};

beforeEach(async () => {
  await openRoles();
});
afterEach(async () => {
  await closeRoles();
});

async function make(words: readonly string[], account0 = 'team/web'): Promise<Outcome> {
  const provider = ['--identity-provider-arn', providerArn, '--service-account', account0];
  return await scene.run(['create-iam-roles', '--name', 'c', ...provider, ...words]);
}

function policyFile(text: string): readonly string[] {
  fs.writeFileSync(path.join(scene.root, 'policy.json'), text);
  return ['--policy-file', 'policy.json'];
}

describe('a role for service accounts', () => {
  it('keeps a policy of an earlier run that this run does not name, and does not call it that of others', async () => {
    await make(['--managed-policy-arn', readOnly]);
    const { json } = await make([]);
    expect(details(json)).toEqual([]);
    expect(json.warnings.join('\n')).not.toContain('what others added');
    expect(json.warnings).toContain(
      `role "${web}": kept managed policy "${readOnly}" of an earlier run (--remove-managed-policy-arn detaches it)`,
    );
  });

  it('trusts all of them, has the policies that are named, and a second run writes nothing', async () => {
    const words = [
      '--service-account',
      'jobs/nightly',
      ...policyFile(JSON.stringify(policy, undefined, 2)),
      '--managed-policy-arn',
      readOnly,
    ];
    const { code, json } = await make(words);
    expect(code).toBe(0);
    expect(trustOf(web).Statement[0].Condition.StringEquals[`${host}:sub`]).toEqual([
      'system:serviceaccount:team:web',
      'system:serviceaccount:jobs:nightly',
    ]);
    expect(policyOf(web)).toEqual(policy);
    expect(role(web).attachedPolicies).toEqual([readOnly]);
    expect(tagsOf(web)).toHaveProperty(['oidc-bootstrap/c/request'], 'serviceaccount:team/web');
    expect(json.result.roles).toEqual([
      {
        credentialsRequest: null,
        name: web,
        arn: `arn:aws:iam::${account}:role/${web}`,
        namespace: 'team',
        serviceAccounts: ['web', 'nightly'],
        subjects: ['system:serviceaccount:team:web', 'system:serviceaccount:jobs:nightly'],
        secret: null,
        manifest: null,
      },
    ]);
    expect(fs.existsSync(path.join(scene.folder, 'manifests'))).toBe(false);
    expect((await make(words)).json).toMatchObject({ changes: [], warnings: [] });
    // The order of service accounts means nothing to whose role it is.
    const turned = await make(['--service-account', 'team/web', ...words.slice(2)], 'jobs/nightly');
    expect(turned.code).toBe(0);
    expect(turned.json.result.roles[0].name).toBe('c-jobs-nightly');
    const named = ['--role-name', web, '--service-account', 'team/web', ...words.slice(2)];
    expect((await make(named, 'jobs/nightly')).json.changes).toEqual([]);
  });

  it('keeps what is not named, and detaches what is', async () => {
    await make([...policyFile(JSON.stringify(policy)), '--managed-policy-arn', readOnly]);
    const other = 'arn:aws:iam::aws:policy/SecurityAudit';
    role(web).attachedPolicies.push(other);
    const kept = await make([]);
    expect(kept.json.changes).toEqual([]);
    expect(kept.json.warnings.join()).toContain(`attached policy "${other}"`);
    const { json } = await make(['--remove-managed-policy-arn', readOnly]);
    expect(details(json)).toEqual([
      `update ${web}: tags: oidc-bootstrap/c/policies`,
      `update ${web}: managed policy detached: ${readOnly}`,
    ]);
    expect(role(web).attachedPolicies).toEqual([other]);
    const again = await make(['--remove-managed-policy-arn', readOnly]);
    expect(again.json.changes).toEqual([]);
    expect(again.json.warnings.join()).toContain('is not attached to role');
  });

  it('writes a patch and a profile for pods without the webhook', async () => {
    await make(['--region', 'eu-west-1']);
    expect(scene.read('pods/team-web.yaml')).toContain('- name: AWS_ROLE_ARN\n');
    expect(scene.read('pods/team-web.yaml')).toContain('- name: AWS_REGION\n');
    expect(scene.read('pods/team-web.yaml')).toContain(
      [
        '        - name: aws-iam-token',
        '          projected:',
        '            defaultMode: 420',
        '            sources:',
        '              - serviceAccountToken:',
        '                  audience: sts.amazonaws.com',
        '                  expirationSeconds: 86400',
        '                  path: token\n',
      ].join('\n'),
    );
    expect(scene.read('aws-config/team-web').split('\n').slice(-6)).toEqual([
      '[default]',
      `role_arn = arn:aws:iam::${account}:role/${web}`,
      'web_identity_token_file = /var/run/secrets/eks.amazonaws.com/serviceaccount/token',
      'sts_regional_endpoints = regional',
      'region = eu-west-1',
      '',
    ]);
    await make(['--role-name', 'other'], 'team-web/x');
    await make(['--role-name', 'third'], 'team/web-x');
    expect(fs.readdirSync(path.join(scene.folder, 'pods'))).toHaveLength(3);
    expect(fs.readdirSync(path.join(scene.folder, 'aws-config'))).toHaveLength(3);
    const requests = await createFor([{ name: 'one' }]);
    expect(requests.json.warnings).toEqual([]);
  });

  it('is not taken from others', async () => {
    await make(['--role-name', 'c-shared']);
    const start = scene.aws.calls.length;
    const { code, json } = await make(['--role-name', 'c-shared'], 'team-b/web');
    expect(code).toBe(5);
    expect(json.error).toMatchObject({
      code: 'NAME_TAKEN',
      message: expect.stringContaining('belongs to "serviceaccount:team/web"'),
    });
    await createFor([{ name: 'one', namespace: 'n', secret: 's' }]);
    const secret = await make([], 'n/s');
    expect(secret.json.error.message).toContain('role "c-n-s" belongs to "n/s"');
    expect(writesSince(start)).toEqual(['iam:CreateRole', 'iam:PutRolePolicy']);
  });

  it.each([
    ['of another partition', 'arn:aws-cn:iam::aws:policy/ReadOnlyAccess', 'write "arn:aws:iam'],
    ['of another account', 'arn:aws:iam::999999999999:policy/x', 'is of account "999999999999"'],
    ['that is not there', `arn:aws:iam::${account}:policy/x`, 'does not exist'],
    ['of services', 'arn:aws:iam::aws:policy/aws-service-role/X', 'roles cannot have it'],
  ])('refuses a managed policy %s before any write', async (_, arn, message) => {
    const { code, json } = await make(['--managed-policy-arn', arn]);
    expect(code).toBe(2);
    expect(json.error.message).toContain(message);
    expect(writesSince(0)).toEqual([]);
  });

  it('has no more managed policies than the quota allows', async () => {
    const arns = Array.from({ length: 11 }, (_, n) => `arn:aws:iam::aws:policy/P${n}`).join(',');
    const { code, json } = await make(['--managed-policy-arn', arns]);
    expect(code).toBe(2);
    expect(json.error.message).toContain('would have 11 managed policies');
    expect(json.error.hint).toMatch(/^name fewer, .* ask for more under Service Quotas/);
    expect(iam().roles.size).toBe(0);
  });

  it('ends at once where the policy goes before it is attached', async () => {
    scene.aws.deny('iam:GetPolicy');
    const { code, json } = await make(['--managed-policy-arn', `arn:aws:iam::${account}:policy/x`]);
    expect(code).toBe(1);
    expect(json.error.message).toContain('the managed policy for "role/c-team-web" does not exist');
    const attempts = scene.aws.calls.filter((call) => call.operation === 'iam:AttachRolePolicy');
    expect(attempts).toHaveLength(1);
    expect((await make([])).code).toBe(0);
  });

  it('needs the list of attached policies where it names some', async () => {
    await make(['--managed-policy-arn', readOnly]);
    scene.aws.deny('iam:ListAttachedRolePolicies');
    const { code, json } = await make(['--managed-policy-arn', readOnly]);
    expect([code, json.error.code]).toEqual([4, 'AWS_ACCESS_DENIED']);
    expect((await make([])).code).toBe(0);
  });

  it('survives a failure of any call', async () => {
    const words = [...policyFile(JSON.stringify(policy)), '--managed-policy-arn', readOnly];
    await make(words);
    const [calls, wanted] = [scene.aws.calls.length, scene.aws.snapshot()];
    for (let k = 1; k <= calls; k += 1) {
      for (const when of ['before', 'after'] as const) {
        await closeRoles();
        await openRoles();
        policyFile(JSON.stringify(policy));
        scene.aws.failCall(k, when, 'error');
        await make(words);
        expect((await make(words)).code).toBe(0);
        expect(scene.aws.snapshot()).toEqual(wanted);
        expect((await make(words)).json.changes).toEqual([]);
      }
    }
  });
});

describe('the annotation of a request', () => {
  const annotated = (statements: readonly object[]): string =>
    JSON.stringify({
      apiVersion: 'cloudcredential.openshift.io/v1',
      kind: 'CredentialsRequest',
      metadata: {
        name: 'one',
        annotations: { 'oidc-bootstrap/managed-policy-arns': `${readOnly}, ` },
      },
      spec: {
        secretRef: { namespace: 'n', name: 's' },
        serviceAccountNames: ['a'],
        providerSpec: {
          apiVersion: 'cloudcredential.openshift.io/v1',
          kind: 'AWSProviderSpec',
          statementEntries: statements,
        },
      },
    });
  const run = async (text: string): Promise<Outcome> => {
    fs.mkdirSync(path.join(scene.root, 'annotated'), { recursive: true });
    fs.writeFileSync(path.join(scene.root, 'annotated/one.yaml'), text);
    const words = [
      '--identity-provider-arn',
      providerArn,
      '--credentials-requests-dir',
      'annotated',
    ];
    return await scene.run(['create-iam-roles', '--name', 'c', ...words]);
  };

  it('attaches managed policies, and statements may be empty', async () => {
    expect((await run(annotated([]))).code).toBe(0);
    expect(role('c-n-s').attachedPolicies).toEqual([readOnly]);
    expect(role('c-n-s').inlinePolicies.size).toBe(0);
    expect((await run(annotated([]))).json.changes).toEqual([]);
    await run(annotated([{ effect: 'Allow', action: ['s3:GetObject'], resource: '*' }]));
    expect(role('c-n-s').inlinePolicies.size).toBe(1);
    const { json } = await run(annotated([]));
    expect(details(json)).toEqual([
      'update c-n-s: inline policy: removed, the request has no statements',
    ]);
  });

  it('that is gone leaves the policy attached, and the warning names what detaches it', async () => {
    const statements = [{ effect: 'Allow', action: ['s3:GetObject'], resource: '*' }];
    await run(annotated(statements));
    const { json } = await run(annotated(statements).replace('managed-policy-arns', 'none'));
    expect(json.changes).toEqual([]);
    expect(json.warnings).toContain(
      `role "c-n-s": kept managed policy "${readOnly}" of an earlier run ` +
        `(\`aws iam detach-role-policy --role-name c-n-s --policy-arn ${readOnly}\` detaches it)`,
    );
  });

  it('is checked where it stands', async () => {
    const { code, json } = await run(annotated([]).replace(readOnly, 'ReadOnlyAccess'));
    expect(code).toBe(2);
    expect(json.error.message).toMatch(
      /one\.yaml:1: metadata\.annotations.*"ReadOnlyAccess" is not the ARN of a managed policy/,
    );
  });
});
