// Every fault, one at a time, in a cluster that was healthy: verify names it first, and its hint mends it.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { publicAccessBlock, type S3Object } from '../../local-aws/s3/s3-state.ts';
import { account, findings, openVerify, type VerifyScene } from './verify-scene.ts';
import { bucketName } from '../scene.ts';

let scene: VerifyScene;
beforeAll(async () => {
  scene = await openVerify();
});
afterEach(() => scene.restore());
afterAll(async () => {
  await scene.close();
});

const discoveryKey = '.well-known/openid-configuration';
const keySetKeys = ['keys.json', 'openid/v1/jwks'];

function object(key: string): S3Object {
  const found = scene.bucket().objects.get(key);
  if (found === undefined) throw new Error(`no object "${key}"`);
  return found;
}
// oxlint-disable-next-line typescript/no-explicit-any -- documents of any shape
function edit(key: string, change: (document: any) => void): void {
  const stored = object(key);
  const document: unknown = JSON.parse(stored.body.toString('utf8'));
  change(document);
  stored.body = Buffer.from(JSON.stringify(document));
}
// oxlint-disable-next-line typescript/no-explicit-any -- documents of any shape
const editKeys = (change: (keys: any[]) => void): void => {
  for (const key of keySetKeys) edit(key, ({ keys }) => change(keys));
};
// oxlint-disable-next-line typescript/no-explicit-any -- policies of any shape
const editTrust = (change: (statement: any) => void): void =>
  editStatements(([first]) => change(first));
// oxlint-disable-next-line typescript/no-explicit-any -- policies of any shape
function editStatements(change: (statements: any[]) => void): void {
  const role = scene.role();
  const policy = JSON.parse(role.trustPolicy);
  change(policy.Statement);
  role.trustPolicy = JSON.stringify(policy);
}
// oxlint-disable-next-line typescript/no-explicit-any -- policies of any shape
function renameClaim({ Condition: { StringEquals: pins } }: any, claim: string): void {
  pins[`other.example.com:${claim}`] = pins[`${host()}:${claim}`];
  delete pins[`${host()}:${claim}`];
}
const provider = () => {
  const [found] = scene.iam().oidcProviders.values();
  if (found === undefined) throw new Error('no provider');
  return found;
};
const origin = () => {
  const found = scene.distribution().config.Origins?.Items?.[0];
  if (found === undefined) throw new Error('no origin');
  return found;
};
const host = (): string => scene.issuer.replace('https://', '');
const bucketUrl = (): string => `https://${bucketName()}.s3.eu-west-1.amazonaws.com`;
// oxlint-disable-next-line typescript/no-explicit-any -- policies of any shape
function editBucketPolicy(change: (statements: any[]) => void): void {
  const bucket = scene.bucket();
  const policy = JSON.parse(bucket.policy ?? '{}');
  change(policy.Statement);
  bucket.policy = JSON.stringify(policy);
}
const denyOfOthers = () => ({
  Sid: 'Theirs',
  Effect: 'Deny',
  Principal: '*',
  Action: 's3:Get*',
  Resource: `arn:aws:s3:::${bucketName()}/*`,
});
const otherArn = `arn:aws:iam::${account}:oidc-provider/other.example.com`;
function addProvider(arn: string): void {
  const url = `https://${arn.split('oidc-provider/')[1]}`;
  scene.iam().oidcProviders.set(arn, { ...provider(), arn, url });
}
const boundary = `arn:aws:iam::${account}:policy/limit`;
/** CloudFront's managed policy CachingOptimized. */
const caching = '658327ea-f89d-4fab-a63d-7e88639e58f6';

type Fault = {
  readonly fault: string;
  readonly id: string;
  readonly status?: 'warn';
  readonly inject: () => void | Promise<void>;
  /** Follows a hint that is no command of ours, word by word. */
  readonly follow?: () => void;
};

const faults: readonly Fault[] = [
  {
    fault: 'a document that is missing',
    id: 'documents-stored',
    inject: () => scene.bucket().objects.delete(discoveryKey) as never,
  },
  {
    fault: 'a key set that is missing',
    id: 'documents-stored',
    inject: () => {
      for (const key of keySetKeys) scene.bucket().objects.delete(key);
    },
  },
  {
    fault: 'a wrong content type',
    id: 'documents-stored',
    status: 'warn',
    inject: () => {
      object('keys.json').contentType = 'text/plain';
    },
  },
  {
    fault: 'an issuer with a trailing slash',
    id: 'documents-stored',
    inject: () => edit(discoveryKey, (document) => (document.issuer += '/')),
    follow: () => scene.bucket().objects.delete(discoveryKey) as never,
  },
  {
    fault: 'a document that names the issuer of somebody else',
    id: 'documents-stored',
    inject: async () => {
      edit(discoveryKey, (document) => (document.issuer = 'https://evil.example.com'));
      const { json } = await scene.run(['create-identity-provider', '--name', 'c']);
      expect(json.error.hint).toMatch(
        /^if tokens of the cluster have it as "iss".*`oidc-bootstrap verify` says/,
      );
    },
    follow: () => scene.bucket().objects.delete(discoveryKey) as never,
  },
  {
    fault: 'a document that names the URL of its private bucket',
    id: 'documents-stored',
    inject: () => edit(discoveryKey, (document) => (document.issuer = bucketUrl())),
    follow: () => scene.bucket().objects.delete(discoveryKey) as never,
  },
  {
    fault: 'a jwks_uri elsewhere',
    id: 'documents-jwks-uri',
    inject: () => edit(discoveryKey, (document) => (document.jwks_uri = 'https://k.example.org/k')),
  },
  {
    fault: 'an edge that keeps an older key set',
    id: 'documents-current',
    inject: async () => {
      const behavior = scene.distribution().config.DefaultCacheBehavior;
      if (behavior !== undefined) behavior.CachePolicyId = caching;
      const edge = scene.aws.edgeUrl.replace('{host}', host());
      expect((await fetch(`${edge}/keys.json`)).status).toBe(200);
      for (const key of keySetKeys) {
        const stored = object(key);
        stored.body = Buffer.concat([stored.body, Buffer.from('\n')]);
      }
    },
  },
  {
    fault: 'a key that is missing',
    id: 'documents-key-set',
    inject: () => editKeys((keys) => keys.splice(0)),
  },
  {
    fault: 'a key that stands there twice',
    id: 'documents-key',
    inject: () => editKeys((keys) => keys.push(keys[0])),
    follow: () => editKeys((keys) => keys.pop()),
  },
  {
    fault: 'a kid that is the hash of another key',
    id: 'documents-key',
    inject: () => editKeys((keys) => (keys[0].kid = 'A'.repeat(43))),
    follow: () =>
      editKeys((keys) => (keys[0].kid = JSON.parse(hinted('write')).replaceAll('"', ''))),
  },
  {
    fault: 'a bucket without Block Public Access',
    id: 'hosting-public-access',
    inject: () => {
      scene.bucket().publicAccessBlock = publicAccessBlock(false);
    },
  },
  {
    fault: 'a bucket that everybody can read',
    id: 'hosting-public-access',
    inject: () => {
      const bucket = scene.bucket();
      bucket.publicAccessBlock = publicAccessBlock(false);
      const policy = JSON.parse(bucket.policy ?? '{}');
      policy.Statement[0].Principal = '*';
      delete policy.Statement[0].Condition;
      bucket.policy = JSON.stringify(policy);
    },
  },
  {
    fault: 'a bucket policy for another distribution',
    id: 'hosting-policy',
    inject: () => {
      const bucket = scene.bucket();
      bucket.policy = bucket.policy?.replaceAll(scene.distribution().id, 'EOTHER0000000');
    },
  },
  {
    fault: 'no bucket policy',
    id: 'hosting-policy',
    inject: () => {
      scene.bucket().policy = undefined;
    },
  },
  {
    fault: 'a policy that lets others write',
    id: 'hosting-exposure',
    inject: () => {
      const bucket = scene.bucket();
      const policy = JSON.parse(bucket.policy ?? '{}');
      const Resource = `arn:aws:s3:::${bucketName()}/*`;
      const Principal = { AWS: 'arn:aws:iam::999988887777:root' };
      policy.Statement.push({
        Sid: 'x',
        Effect: 'Allow',
        Action: 's3:PutObject',
        Resource,
        Principal,
      });
      bucket.policy = JSON.stringify(policy);
    },
    follow: () => {
      const bucket = scene.bucket();
      const policy = JSON.parse(bucket.policy ?? '{}');
      policy.Statement.pop();
      bucket.policy = JSON.stringify(policy);
    },
  },
  {
    fault: 'a Deny of others, which keeps CloudFront out',
    id: 'documents-discovery',
    inject: () => editBucketPolicy((statements) => statements.push(denyOfOthers())),
    follow: () => {
      expect(last).toContain('a Deny of others that may keep the reader out, statement "Theirs"');
      editBucketPolicy((statements) => statements.pop());
      // CloudFront keeps an answer with an error for ten seconds.
      scene.clock.advance(11_000);
    },
  },
  {
    fault: 'an encryption that CloudFront cannot read',
    id: 'hosting-encryption',
    inject: () => {
      scene.bucket().encryption = { algorithm: 'aws:kms', kmsKeyId: undefined };
    },
  },
  {
    fault: 'an origin access control that is detached',
    id: 'hosting-access-control',
    inject: () => {
      origin().OriginAccessControlId = '';
    },
  },
  {
    fault: 'an origin access control that does not sign',
    id: 'hosting-access-control',
    inject: () => {
      for (const { config } of scene.aws.state.cloudfront.originAccessControls.values()) {
        config.SigningBehavior = 'never';
      }
    },
  },
  {
    fault: 'a distribution that is disabled',
    id: 'hosting-enabled',
    inject: () => {
      scene.distribution().config.Enabled = false;
    },
  },
  {
    fault: 'a distribution without HTTPS only',
    id: 'hosting-https',
    status: 'warn',
    inject: () => {
      const behavior = scene.distribution().config.DefaultCacheBehavior;
      if (behavior !== undefined) behavior.ViewerProtocolPolicy = 'allow-all';
    },
  },
  {
    fault: 'a provider that is missing',
    id: 'provider-present',
    inject: () => scene.iam().oidcProviders.clear(),
  },
  {
    fault: 'a provider without an audience that roles trust',
    id: 'provider-audiences',
    inject: () => {
      provider().clientIds = ['openshift'];
    },
  },
  {
    fault: 'a manifest with an audience that the provider has not',
    id: 'provider-audiences',
    inject: () => {
      const folder = path.join(scene.folder, 'serviceaccounts');
      const file = path.join(folder, fs.readdirSync(folder)[0] ?? '');
      const text = fs.readFileSync(file, 'utf8');
      fs.writeFileSync(file, text.replace(/audience: .*/, 'audience: "vault"'));
    },
  },
  {
    fault: 'a provider without any audience',
    id: 'provider-audiences',
    inject: () => {
      provider().clientIds = [];
    },
  },
  {
    fault: 'a provider of another URL',
    id: 'provider-present',
    inject: () => {
      addProvider(otherArn);
      scene.iam().oidcProviders.delete([...scene.iam().oidcProviders.keys()][0] ?? '');
    },
    follow: () => scene.iam().oidcProviders.delete(otherArn) as never,
  },
  {
    fault: 'a second provider of the name',
    id: 'provider-other',
    status: 'warn',
    inject: () => addProvider(otherArn),
    follow: () => scene.iam().oidcProviders.delete(otherArn) as never,
  },
  {
    fault: 'a bucket that is gone',
    id: 'hosting-bucket',
    inject: () => scene.aws.state.s3.buckets.clear(),
  },
  {
    fault: 'a role that trusts another issuer',
    id: 'roles-issuer',
    inject: () => {
      const role = scene.role();
      addProvider(otherArn);
      const other = scene.iam().oidcProviders.get(otherArn);
      if (other !== undefined) other.tags = [];
      role.trustPolicy = role.trustPolicy.replaceAll(host(), 'other.example.com');
    },
  },
  {
    fault: 'a role without an audience',
    id: 'roles-audience',
    status: 'warn',
    inject: () =>
      editTrust(({ Condition }) => {
        delete Condition.StringEquals[`${host()}:aud`];
      }),
  },
  {
    fault: 'a role that compares the audience by a pattern',
    id: 'roles-audience',
    status: 'warn',
    inject: () =>
      editTrust(({ Condition }) => {
        const key = `${host()}:aud`;
        Condition.StringLike = { [key]: Condition.StringEquals[key] };
        delete Condition.StringEquals[key];
      }),
  },
  {
    fault: 'a role with a wildcard subject',
    id: 'roles-subject',
    status: 'warn',
    inject: () =>
      editTrust(({ Condition }) => {
        delete Condition.StringEquals[`${host()}:sub`];
        Condition.StringLike = { [`${host()}:sub`]: 'system:serviceaccount:*:*' };
      }),
  },
  {
    fault: 'a role that is gone, which a manifest names',
    id: 'roles-present',
    status: 'warn',
    inject: () => scene.iam().roles.delete(scene.role().name) as never,
  },
  {
    fault: 'a role that pins the service account of another issuer',
    id: 'roles-trust',
    inject: () => editTrust((statement) => renameClaim(statement, 'sub')),
  },
  {
    fault: 'a role that pins the audience of another issuer',
    id: 'roles-trust',
    inject: () => editTrust((statement) => renameClaim(statement, 'aud')),
  },
  {
    fault: 'a role with one more condition that no token meets',
    id: 'roles-trust',
    inject: () =>
      editTrust(({ Condition }) => {
        const audiences = Condition.StringEquals[`${host()}:aud`];
        Condition.StringNotEquals = { [`${host()}:aud`]: audiences };
      }),
  },
  {
    fault: 'a role that denies every token beside our statement',
    id: 'roles-trust',
    inject: () =>
      editStatements((statements) =>
        statements.push({
          Effect: 'Deny',
          Principal: { AWS: '*' },
          Action: 'sts:AssumeRoleWithWebIdentity',
        }),
      ),
    follow: () => editStatements((statements) => statements.pop()),
  },
  {
    fault: 'a role whose statement allows another action',
    id: 'roles-issuer',
    inject: () => editTrust((statement) => (statement.Action = 'sts:TagSession')),
  },
  {
    fault: 'a role of ours that trusts an account in place of the issuer',
    id: 'roles-issuer',
    inject: () =>
      editStatements((statements) =>
        statements.splice(0, 1, {
          Effect: 'Allow',
          Principal: { AWS: `arn:aws:iam::${account}:root` },
          Action: 'sts:AssumeRole',
        }),
      ),
    // Its owner may want it: it is taken back only once nobody else can assume it.
    follow: () => scene.restore(),
  },
  {
    fault: 'a role that trusts the same issuer in another account',
    id: 'roles-issuer',
    inject: () =>
      editTrust(({ Principal }) => {
        Principal.Federated = Principal.Federated.replace(account, '999988887777');
      }),
  },
  {
    fault: 'a boundary that is gone',
    id: 'roles-boundary',
    inject: () => {
      const made = {
        name: 'limit',
        id: 'ANPA1',
        path: '/',
        document: '{}',
        createdAt: new Date(0),
      };
      scene.iam().policies.set(boundary, { arn: boundary, ...made });
      for (const role of scene.iam().roles.values()) {
        role.permissionsBoundary = `arn:aws:iam::${account}:policy/gone`;
      }
    },
  },
  {
    fault: 'a role that may do everything',
    id: 'roles-permissions',
    status: 'warn',
    inject: () => {
      const role = scene.role();
      const Statement = [{ Effect: 'Allow', Action: '*', Resource: '*' }];
      role.inlinePolicies.set(role.name, JSON.stringify({ Version: '2012-10-17', Statement }));
    },
  },
  {
    fault: 'a role that may do everything, written with two stars',
    id: 'roles-permissions',
    status: 'warn',
    inject: () => {
      const role = scene.role();
      const Statement = [{ Effect: 'Allow', Action: '*:*', Resource: '*' }];
      role.inlinePolicies.set(role.name, JSON.stringify({ Version: '2012-10-17', Statement }));
    },
  },
  {
    fault: 'a key file that others can read',
    id: 'files-mode',
    inject: () => fs.chmodSync(path.join(scene.folder, 'serviceaccount-signer.private'), 0o644),
    follow: () => fs.chmodSync(path.join(scene.folder, 'serviceaccount-signer.private'), 0o600),
  },
  {
    fault: 'a key at hand that is not published',
    id: 'files-key',
    inject: async () => {
      for (const file of fs.readdirSync(scene.folder, { recursive: true })) {
        if (/signer|signing-key/.test(String(file)))
          fs.rmSync(path.join(scene.folder, String(file)));
      }
      await scene.run(['create-key-pair', '--key-size', '2048']);
    },
  },
  {
    fault: 'a key at hand that is published under an ID that no token has',
    id: 'files-key',
    inject: () => editKeys((keys) => (keys[0].kid = 'mine')),
    follow: () => editKeys((keys) => keys.splice(0)),
  },
  {
    fault: 'an output folder of another cluster',
    id: 'files-folder',
    inject: () => {
      const owner = { name: 'other', account, region: 'eu-west-1', issuer: null };
      fs.writeFileSync(path.join(scene.folder, 'oidc-bootstrap.json'), JSON.stringify(owner));
    },
    follow: () => scene.restore(),
  },
  {
    fault: 'a rotation state of another cluster',
    id: 'documents-rotation',
    inject: async () => {
      const staged = await scene.run(['rotate-keys', 'stage', '--name', 'c']);
      expect(staged.code, staged.stderr).toBe(0);
      edit('.oidc-bootstrap/rotation.json', (state) => (state.name = 'other'));
    },
    follow: () => scene.restore(),
  },
  {
    fault: 'key files that do not belong together',
    id: 'files-pair',
    inject: async () => {
      const folder = path.join(scene.root, 'another');
      await scene.run(['create-key-pair', '--key-size', '2048'], { folder });
      const file = 'serviceaccount-signer.public';
      fs.copyFileSync(path.join(folder, file), path.join(scene.folder, file));
    },
    follow: () => scene.restore(),
  },
];

let last: string;
/** The first text in quotes after a word of the hint. */
const hinted = (word: string): string => new RegExp(`${word} ("[^"]*")`).exec(last)?.[1] ?? '""';

/** The command of ours in a hint, with the folder of the scene for a placeholder. */
function commandIn(hint: string): readonly string[] {
  const [, command = ''] =
    /`oidc-bootstrap ((?:create-identity-provider|create-iam-roles) [^`]*)`/.exec(hint) ?? [];
  return command
    .replace('<folder>', 'requests')
    .replace('<arn>', boundary)
    .replace('<file>', 'out/serviceaccount-signer.public')
    .split(' ')
    .filter((word) => word !== '');
}

describe('verify', () => {
  it('finds nothing in a healthy cluster, with under 20 calls and 2 for each role', async () => {
    const before = scene.aws.calls.length;
    const { code, json } = await scene.verify();
    expect(json.error).toBeUndefined();
    expect(code).toBe(0);
    expect(json.changes).toEqual([]);
    const rows = json.result.checks as readonly { readonly status: string }[];
    expect(rows.filter(({ status }) => status !== 'pass')).toEqual([]);
    const calls = scene.aws.calls.slice(before);
    expect(calls.filter(({ write }) => write)).toEqual([]);
    expect(calls.length).toBeLessThan(20 + 2 * 2);
  });

  it.each(faults)('names $fault first, and its hint mends it', async (fault) => {
    await fault.inject();
    const found = await scene.verify(fault.status === 'warn' ? ['--strict'] : []);
    const [first] = findings(found);
    expect([first?.id, first?.status]).toEqual([fault.id, fault.status ?? 'fail']);
    expect([found.code, found.json.error.code]).toEqual([3, 'CHECK_FAILED']);
    expect(found.json.error.message).toContain(first?.detail);
    last = first?.hint ?? '';
    expect(last).not.toBe('');
    fault.follow?.();
    const words = commandIn(last);
    expect(words.length > 0 || fault.follow !== undefined).toBe(true);
    if (words.length > 0) {
      const mended = await scene.run(words);
      expect([mended.code, mended.stderr]).toEqual([0, expect.anything()]);
    }
    const again = await scene.verify(['--strict']);
    expect(findings(again)).toEqual([]);
  });

  it('says of a missing bucket in the namespace of the account that nobody else can make it', async () => {
    scene.aws.state.s3.buckets.clear();
    const [first] = findings(await scene.verify());
    expect(first?.detail).toContain('nobody outside this account can make a bucket of that name');
    expect(first?.hint).toContain('--public-key-file');
    expect(first?.hint).not.toContain('<file>');
  });

  it('says to wait while the distribution is being deployed', async () => {
    scene.distribution().deployedAt = scene.clock.now().getTime() + 600_000;
    const found = findings(await scene.verify());
    expect(found.map(({ id, status, hint }) => [id, status, hint])).toEqual([
      ['documents-discovery', 'fail', '"hosting-deployed" is the cause: mend that first'],
      ['hosting-deployed', 'warn', 'wait 15 minutes, then run verify again'],
    ]);
  });

  it('says to replace a private key in the key set, and its command does so', async () => {
    editKeys((keys) => (keys[0].d = 'AAAA'));
    const [first] = findings(await scene.verify());
    expect([first?.id, first?.detail]).toEqual([
      'documents-stored',
      expect.stringContaining('holds the private key'),
    ]);
    const [, command = ''] =
      /`oidc-bootstrap (rotate-keys emergency [^`]*)`/.exec(first?.hint ?? '') ?? [];
    const replaced = await scene.run([...command.split(' '), '--confirm', 'c']);
    expect(replaced.code, replaced.stderr).toBe(0);
    expect(findings(await scene.verify())).toEqual([]);
  });
});
