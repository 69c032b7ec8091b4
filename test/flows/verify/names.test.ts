// verify in every layout, with reads that are denied, and over all names; and list.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { renderDiscovery } from '../../../src/core/issuer/discovery.ts';
import { jwkOf, renderJwks } from '../../../src/core/keys/jwks.ts';
import { readPublicKeys } from '../../../src/core/keys/public-key.ts';
import { iamAccount, type IamOidcProvider } from '../../local-aws/iam/iam-state.ts';
import { publicAccessBlock } from '../../local-aws/s3/s3-state.ts';
import { startWebServer } from '../../local-aws/dns/web-server.ts';
import { makeCcoctlCluster } from '../hosting/ccoctl-cluster.ts';
import { bucketName, openScene } from '../scene.ts';
import { account, findings, openVerify, type Row, type VerifyScene } from './verify-scene.ts';

const provider = (url: string, tags: IamOidcProvider['tags']): IamOidcProvider => ({
  arn: `arn:aws:iam::${account}:oidc-provider/${url.replace('https://', '')}`,
  url,
  clientIds: ['sts.amazonaws.com'],
  thumbprints: [],
  tags,
  createdAt: new Date(0),
});

describe('an account with clusters of every kind', () => {
  let scene: VerifyScene;
  beforeAll(async () => {
    scene = await openVerify(['--public-s3-bucket']);
    const { advance } = scene.clock;
    await makeCcoctlCluster(scene.aws, { name: 'old', layout: 'private', advance });
    scene.keep();
  });
  afterEach(() => scene.restore());
  afterAll(async () => {
    await scene.close();
  });

  it('has a public layout without a finding', async () => {
    const found = await scene.verify(['--strict', '--deep']);
    expect(found.json.error).toBeUndefined();
    expect(findings(found)).toEqual([]);
  });

  it('has a public layout that was closed, which is named with what opens it', async () => {
    const access = scene.bucket().publicAccessBlock;
    if (access !== undefined) access.RestrictPublicBuckets = true;
    const [first] = findings(await scene.verify());
    expect(first?.id).toBe('hosting-public-access');
    const [, command = ''] = /`oidc-bootstrap ([^`]*)`/.exec(first?.hint ?? '') ?? [];
    expect((await scene.run(command.split(' '))).code).toBe(0);
    expect(findings(await scene.verify())).toEqual([]);
  });

  it('has a public layout whose readers a Deny keeps out: it is named, and nothing is said of the keys', async () => {
    const bucket = scene.bucket();
    const policy = JSON.parse(bucket.policy ?? '{}');
    const Resource = `arn:aws:s3:::${bucketName()}/keys.json`;
    policy.Statement.push({ Effect: 'Deny', Principal: '*', Action: 's3:GetObject', Resource });
    bucket.policy = JSON.stringify(policy);
    const found = findings(await scene.verify());
    expect(found.map(({ id, hint }) => [id, hint])).toEqual([
      ['documents-key-set', expect.stringContaining('statement "statement 3"')],
    ]);
  });

  it('has a public layout whose document names another issuer than IAM and roles trust', async () => {
    const stored = scene.bucket().objects.get('.well-known/openid-configuration');
    if (stored === undefined) throw new Error('no discovery document');
    const document = { ...JSON.parse(String(stored.body)), issuer: 'https://evil.example.com' };
    stored.body = Buffer.from(JSON.stringify(document));
    const found = findings(await scene.verify());
    expect(found.map(({ id }) => id)).toEqual(['documents-stored', 'documents-issuer']);
  });

  it('has a bucket that is gone: others can make it where its name is in the global namespace', async () => {
    scene.aws.state.s3.buckets.delete(bucketName());
    const [first] = findings(await scene.verify());
    expect([first?.id, first?.detail]).toEqual([
      'hosting-bucket',
      expect.stringContaining('nobody outside this account can make a bucket of that name'),
    ]);
    expect(first?.hint).toContain('delete-open-id-connect-provider');
    scene.aws.state.s3.buckets.delete('old-oidc');
    const old = await scene.run(['verify', '--name', 'old'], {
      folder: path.join(scene.root, 'x'),
    });
    expect(findings(old)[0]?.detail).toContain('whoever makes a bucket of that name');
  });

  it('has a public layout that the account closes, which the hint tells', async () => {
    scene.aws.state.s3.accountBlocks.set(account, publicAccessBlock(true));
    const [first] = findings(await scene.verify());
    expect([first?.id, first?.detail]).toEqual([
      'documents-discovery',
      expect.stringContaining('HTTP 403'),
    ]);
    expect(first?.hint).toContain(`aws s3control get-public-access-block --account-id ${account}`);
    const [cause] = findings(await scene.verify(['--deep']));
    expect([cause?.id, cause?.status]).toEqual(['hosting-account-access', 'fail']);
    expect(cause?.hint).toContain('put-public-access-block');

    const refusesPolicies = { ...publicAccessBlock(false), BlockPublicPolicy: true };
    scene.aws.state.s3.accountBlocks.set(account, refusesPolicies);
    const open = await scene.verify(['--deep']);
    expect(open.code).toBe(0);
    expect(findings(open).map(({ id, status }) => `${status} ${id}`)).toContain(
      'warn hosting-account-access',
    );
  });

  it('has a cluster of ccoctl, with warnings for what adoption mends, and no failure', async () => {
    const found = await scene.run(['verify', '--name', 'old'], {
      folder: path.join(scene.root, 'x'),
    });
    expect(found.code, found.json.error?.message).toBe(0);
    expect(findings(found).map(({ id }) => id)).toContain('hosting-policy');
  });

  it('has a role with managed policies, which --deep shows with whose they are', async () => {
    const { name, attachedPolicies } = scene.role();
    const administrator = 'arn:aws:iam::aws:policy/AdministratorAccess';
    attachedPolicies.push(administrator, 'arn:aws:iam::aws:policy/ReadOnlyAccess');
    const shown = findings(await scene.verify(['--deep'])).map(({ id, detail }) => [id, detail]);
    expect(shown).toEqual([
      ['roles-managed-policies', expect.stringContaining(`"${name}" has "${administrator}"`)],
    ]);
    expect(shown[0]?.[1]).toContain('attached by others');
    expect(findings(await scene.verify())).toEqual([]);
  });

  it('is listed by name', async () => {
    const { code, json } = await scene.run(['list']);
    expect(code).toBe(0);
    expect(json.result.clusters).toMatchObject([
      { name: 'c', hosting: 's3-public', owner: 'oidc-bootstrap', roles: 2, phase: 'steady' },
      { name: 'old', hosting: 'cloudfront-oai', owner: 'ccoctl', roles: 1, phase: 'steady' },
    ]);
    expect(json.result.clusters[0].keyIds).toHaveLength(1);
    const { stdout } = await scene.run(['list'], { text: true });
    expect(stdout).toContain('name  hosting');
    expect(stdout).toContain(scene.issuer);
  });

  it('is verified as a whole, one line a name, the worst first', async () => {
    scene.role().trustPolicy = scene.role().trustPolicy.replaceAll('s3.eu-west-1', 's3.eu-west-2');
    const { code, stdout } = await scene.run(['verify', '--all'], { text: true });
    expect(code).toBe(3);
    expect(stdout).toMatch(/^ {2}fail {4}c: roles-issuer.*\n {2}warn {4}old: /);
    const { json } = await scene.run(['verify', '--all']);
    const clusters = json.result.checks.map(({ cluster }: { cluster: string }) => cluster);
    expect([...new Set(clusters)]).toEqual(['c', 'old']);
  });

  it('reads the settings of the account once with --all --deep, and checks every name against them', async () => {
    scene.aws.state.s3.accountBlocks.set(account, publicAccessBlock(true));
    const before = scene.aws.calls.length;
    const { json } = await scene.run(['verify', '--all', '--deep']);
    const calls = scene.aws.calls.slice(before).map(({ operation }) => operation);
    const count = (wanted: string): number => calls.filter((one) => one === wanted).length;
    const rows = json.result.checks as readonly (Row & { readonly cluster: string })[];
    const namesOf = (id: string): readonly string[] =>
      rows.filter((row) => row.id === id).map(({ cluster }) => cluster);
    expect(namesOf('hosting-account-access')).toEqual(['c', 'old']);
    expect(new Set(namesOf('roles-managed-policies'))).toEqual(new Set(['c', 'old']));
    expect(namesOf('provider-quota')).toEqual(['c']);
    expect(count('iam:GetAccountSummary')).toBe(1);
    expect(count('s3:GetAccountPublicAccessBlock')).toBe(1);
  });

  it('takes --all where a name is exported for other commands', async () => {
    const env = { OIDC_BOOTSTRAP_NAME: 'c' };
    const { code, json } = await scene.run(['verify', '--all'], { env });
    expect([code, json.error]).toEqual([0, undefined]);
    expect(json.result.checks.some(({ cluster }: { cluster?: string }) => cluster === 'old')).toBe(
      true,
    );
  });

  it('does not mix --all with a name, and wants one of the three', async () => {
    expect((await scene.verify(['--all'])).code).toBe(2);
    expect((await scene.run(['verify'])).stderr).toContain('--name');
    expect((await scene.run(['verify', '--issuer-url', scene.issuer, '--deep'])).code).toBe(2);
  });

  it.each(['us-east-1', 'eu-central-1'])(
    'names a wrong region, and nothing that only follows from it: %s',
    async (region) => {
      const found = await scene.verify(['--region', region]);
      expect(findings(found).map(({ id, hint }) => [id, hint])).toEqual([
        ['hosting-bucket', 'run again with --region eu-west-1'],
      ]);
    },
  );

  it('says of a name that has nothing what is missing', async () => {
    const found = await scene.run(['verify', '--name', 'nobody'], {
      folder: path.join(scene.root, 'y'),
    });
    expect(found.code).toBe(3);
    expect(findings(found).map(({ id }) => id)).toEqual(['hosting-bucket', 'documents-issuer']);
  });
});

describe('a caller who may not look', () => {
  it('gets skipped checks with the missing permission, and all others', async () => {
    const scene = await openVerify();
    try {
      const rows = async (): Promise<readonly Row[]> => (await scene.verify()).json.result.checks;
      const denials = {
        'hosting-policy': 's3:GetBucketPolicy',
        'hosting-public-access': 's3:GetBucketPublicAccessBlock',
        'hosting-encryption': 's3:GetEncryptionConfiguration',
        'hosting-ownership': 's3:GetBucketOwnershipControls',
        'hosting-distribution': 'cloudfront:ListDistributions',
        'provider-other': 'iam:ListOpenIDConnectProviders',
        'roles-present': 'iam:ListRoles',
      };
      for (const permission of Object.values(denials)) scene.aws.deny(permission);
      const seen = await rows();
      for (const [id, permission] of Object.entries(denials)) {
        const row = seen.find((one) => one.id === id);
        expect([id, row?.status, row?.detail]).toEqual([
          id,
          'skipped',
          expect.stringContaining(permission),
        ]);
      }
      expect(seen.filter(({ status }) => status === 'fail')).toEqual([]);
      expect(seen.some(({ id, status }) => id === 'provider-present' && status === 'pass')).toBe(
        true,
      );
      for (const permission of ['s3:ListBucket', 's3:GetObject', 'iam:GetOpenIDConnectProvider']) {
        scene.aws.deny(permission);
      }
      const blind = await scene.verify();
      expect(blind.json.error?.code).not.toBe('AWS_ACCESS_DENIED');
    } finally {
      await scene.close();
    }
  });
});

describe('an issuer that is served elsewhere', () => {
  it('is verified with its name: served documents, provider and roles, nothing of hosting', async () => {
    const scene = await openScene();
    const folder = path.join(scene.root, 'site');
    const issuer = 'https://oidc.example.com';
    const stop = await startWebServer(scene.aws.world, { host: 'oidc.example.com', folder });
    try {
      await scene.run(['create-key-pair', '--key-size', '2048']);
      const keys = readPublicKeys(scene.read('serviceaccount-signer.public'), 'key').map(jwkOf);
      fs.mkdirSync(path.join(folder, '.well-known'), { recursive: true });
      fs.writeFileSync(path.join(folder, 'keys.json'), renderJwks(keys));
      const discovery = path.join(folder, '.well-known/openid-configuration');
      fs.writeFileSync(discovery, renderDiscovery(issuer));
      const named = ['--name', 'c', '--issuer-url', issuer];
      const missing = await scene.run(['verify', ...named]);
      expect(findings(missing)[0]?.id).toBe('provider-present');
      expect((await scene.run(['create-identity-provider', ...named])).code).toBe(0);
      const { code, json } = await scene.run(['verify', ...named]);
      expect(code, JSON.stringify(json.error)).toBe(0);
      const rows = json.result.checks as readonly { readonly side: string }[];
      expect(rows.some(({ side }) => side === 'hosting')).toBe(false);
    } finally {
      await stop();
      await scene.close();
    }
  });
});

describe('a hosting that is not finished', () => {
  it('is reported with the command that continues, not as an issuer that is gone', async () => {
    const scene = await openScene({ deployMs: 0 });
    try {
      await scene.run(['create-key-pair', '--key-size', '2048']);
      scene.aws.deny('cloudfront:CreateDistribution');
      expect((await scene.run(['create-identity-provider', '--name', 'c'])).code).toBe(4);
      const { code, json } = await scene.run(['verify', '--name', 'c']);
      expect([code, json.error.message]).toEqual([
        3,
        'hosting-distribution: the hosting of "c" is not finished: there is no distribution yet; 1 more check failed',
      ]);
      const [, command = ''] = /`oidc-bootstrap ([^`]*)`/.exec(json.error.hint ?? '') ?? [];
      scene.aws.allow('cloudfront:CreateDistribution');
      expect((await scene.run(command.split(' '))).code).toBe(0);
      expect((await scene.run(['verify', '--name', 'c'])).code).toBe(0);
    } finally {
      await scene.close();
    }
  });
});

describe('list', () => {
  it('reads 100 providers of others and stops there', async () => {
    const scene = await openScene();
    try {
      const { oidcProviders } = iamAccount(scene.aws.state.iam, account);
      for (let index = 0; index < 100; index += 1) {
        const one = provider(`https://oidc${index}.example.com`, [{ key: 'team', value: 'x' }]);
        oidcProviders.set(one.arn, one);
      }
      const { json } = await scene.run(['list']);
      expect(json.result.clusters).toEqual([]);
      expect(scene.aws.calls).toHaveLength(102);
      expect((await scene.run(['list'], { text: true })).stdout).toContain('No cluster');

      scene.aws.deny('iam:GetOpenIDConnectProvider');
      const denied = await scene.run(['list']);
      expect([denied.code, denied.json.result.clusters]).toEqual([0, []]);
      expect(denied.json.warnings[0]).toContain('100 of 100 OIDC providers cannot be read');
      expect(denied.json.warnings[0]).toContain('iam:GetOpenIDConnectProvider');

      scene.aws.deny('iam:ListOpenIDConnectProviders');
      const closed = await scene.run(['list']);
      expect([closed.code, closed.json.error.code]).toEqual([4, 'AWS_ACCESS_DENIED']);
    } finally {
      await scene.close();
    }
  });
});
