// Audiences: a new one is added to the provider and then to the roles. One is removed from the roles and
// then from the provider, after approval. Without a flag nothing changes.

import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { meanwhile } from '../meanwhile.ts';
import { openScene, type Scene } from '../scene.ts';

const requests = path.resolve('test/fixtures/credentials-requests/sweep');
const all = ['create-all', '--name', 'c', '--credentials-requests-dir', requests];
const create = ['create-identity-provider', '--name', 'c'];
const role = 'c-openshift-cluster-csi-drivers-ebs-cloud-credentials';
let scene: Scene;

beforeEach(async () => {
  scene = await openScene();
  await scene.run([...all, '--key-size', '2048', '--public-s3-bucket']);
});
afterEach(async () => {
  await scene.close();
});

const writes = (from: number): readonly string[] =>
  scene.aws.calls
    .slice(from)
    .filter((call) => call.write)
    .map((call) => call.operation);

/** The audiences in a role's trust policy, as AWS stores them. */
function trusted(): readonly string[] {
  const found = scene.aws.state.iam.accounts.get('111122223333')?.roles.get(role);
  return found?.trustPolicy.match(/(?<=")(?:openshift|sts\.amazonaws\.com|vault)(?=")/g) ?? [];
}

describe('--remove-audience', () => {
  it('needs approval without a terminal, and the error names the roles', async () => {
    const before = scene.aws.calls.length;
    const { code, json } = await scene.run([...create, '--remove-audience', 'openshift']);
    expect(code).toBe(2);
    expect(json.error.code).toBe('CONFIRMATION_REQUIRED');
    expect(json.error.message).toContain(role);
    expect(json.error.hint).toContain('--yes');
    expect(writes(before)).toEqual([]);
  });

  it('exits with 130 and changes nothing if the prompt is declined', async () => {
    const before = scene.aws.calls.length;
    const words = [...create, '--remove-audience', 'openshift'];
    const { code, json, stderr } = await scene.run(words, { answers: ['n'] });
    expect(code).toBe(130);
    expect(json.error.code).toBe('INTERRUPTED');
    expect(stderr).toContain(role);
    expect(writes(before)).toEqual([]);
  });

  it.each([
    { how: 'with --yes', words: ['--yes'], change: {} },
    { how: 'on a yes at the terminal', words: [], change: { answers: ['y'] } },
  ])('changes the roles first and then the provider, $how', async ({ words, change }) => {
    const before = scene.aws.calls.length;
    const remove = [...create, '--remove-audience', 'openshift', ...words];
    const { code, json } = await scene.run(remove, change);
    expect(code).toBe(0);
    expect(json.result.audiences).toEqual(['sts.amazonaws.com']);
    expect(writes(before)).toEqual([
      'iam:UpdateAssumeRolePolicy',
      'iam:UpdateAssumeRolePolicy',
      'iam:RemoveClientIDFromOpenIDConnectProvider',
    ]);
    expect(new Set(trusted())).toEqual(new Set(['sts.amazonaws.com']));
    const again = await scene.run(remove);
    expect(again.code).toBe(0);
    expect(again.json.changes).toEqual([]);
    expect((await scene.run(all)).json.changes).toEqual([]);
  });

  it('works in create-all too, whose roles then have the same audiences', async () => {
    const { code, json } = await scene.run([...all, '--remove-audience', 'openshift', '--yes']);
    expect(code).toBe(0);
    expect(json.result.identityProvider.audiences).toEqual(['sts.amazonaws.com']);
    expect(new Set(trusted())).toEqual(new Set(['sts.amazonaws.com']));
    expect((await scene.run(all)).json.changes).toEqual([]);
  });

  it('cannot be approved by an environment variable', async () => {
    const { code, json } = await scene.run([...create, '--remove-audience', 'openshift'], {
      env: { OIDC_BOOTSTRAP_YES: 'true' },
    });
    expect(code).toBe(2);
    expect(json.error.code).toBe('CONFIRMATION_REQUIRED');
  });

  it('cannot remove the last audience of the provider', async () => {
    const words = ['--remove-audience', 'openshift,sts.amazonaws.com', '--yes'];
    const { code, json } = await scene.run([...create, ...words]);
    expect(code).toBe(2);
    expect(json.error.code).toBe('USAGE');
  });

  it('changes nothing for an audience that the provider does not have', async () => {
    const { code, json } = await scene.run([...create, '--remove-audience', 'nowhere']);
    expect(code).toBe(0);
    expect(json.changes).toEqual([]);
    expect(json.warnings.join('\n')).toContain('"nowhere" is not an audience of');
  });

  it('keeps an audience that was added to the roles after the plan', async () => {
    meanwhile(scene.aws, 'iam:ListRoles', () => {
      const account = scene.aws.state.iam.accounts.get('111122223333');
      for (const provider of account?.oidcProviders.values() ?? [])
        provider.clientIds.push('vault');
      for (const role of account?.roles.values() ?? [])
        role.trustPolicy = role.trustPolicy.replace(/"sts.amazonaws.com"/, '$&,"vault"');
    });
    const words = [...create, '--remove-audience', 'openshift', '--yes'];
    const { code, json, stderr } = await scene.run(words);
    expect(code, stderr).toBe(0);
    expect(json.result.audiences).toEqual(['sts.amazonaws.com', 'vault']);
    expect(new Set(trusted())).toEqual(new Set(['sts.amazonaws.com', 'vault']));
    expect((await scene.run(all)).json.changes).toEqual([]);
  });

  it('shows in a dry run what it would change, without a prompt', async () => {
    const before = scene.aws.calls.length;
    const words = [...create, '--remove-audience', 'openshift', '--dry-run'];
    const { code, json } = await scene.run(words);
    expect(code).toBe(0);
    expect(json.changes.map((change) => change.resource)).toEqual([
      'iam-role',
      'iam-role',
      'iam-oidc-provider',
    ]);
    expect(writes(before)).toEqual([]);
  });

  it('is completed by a second run after a denied call', async () => {
    scene.aws.deny('iam:RemoveClientIDFromOpenIDConnectProvider');
    const words = [...create, '--remove-audience', 'openshift', '--yes'];
    const cut = await scene.run(words);
    expect(cut.code).toBe(4);
    expect(cut.json.error.message).toContain('iam:RemoveClientIDFromOpenIDConnectProvider');
    scene.aws.allow('iam:RemoveClientIDFromOpenIDConnectProvider');
    const { code, json } = await scene.run(words);
    expect(code).toBe(0);
    expect(json.changes.map((change) => change.resource)).toEqual(['iam-oidc-provider']);
  });

  it('is a usage error together with --audience of the same name', async () => {
    const words = ['--audience', 'vault', '--remove-audience', 'vault', '--yes'];
    const { code, json } = await scene.run([...create, ...words]);
    expect(code).toBe(2);
    expect(json.error.message).toContain('"vault" is also given to --audience');
  });
});

describe('--audience', () => {
  it('adds to the provider first, then to the roles', async () => {
    const before = scene.aws.calls.length;
    const { code, json } = await scene.run([...all, '--audience', 'vault']);
    expect(code).toBe(0);
    expect(json.result.identityProvider.audiences).toEqual([
      'openshift',
      'sts.amazonaws.com',
      'vault',
    ]);
    expect(writes(before)).toEqual([
      'iam:AddClientIDToOpenIDConnectProvider',
      'iam:UpdateAssumeRolePolicy',
      'iam:UpdateAssumeRolePolicy',
    ]);
    expect(new Set(trusted())).toContain('vault');
  });

  it('that somebody else added to the provider is named, and removed with --remove-audience', async () => {
    const [provider] =
      scene.aws.state.iam.accounts.get('111122223333')?.oidcProviders.values() ?? [];
    provider?.clientIds.push('vault');
    const { code, json } = await scene.run(all);
    expect(code).toBe(0);
    expect(json.changes).toEqual([]);
    expect(trusted()).not.toContain('vault');
    expect(json.warnings.join('\n')).toContain(
      'accepts audience "vault", which this run did not ask for',
    );
    expect(json.warnings.join('\n')).toContain(`(--audience vault adds it): `);
    expect((await scene.run(create)).json.warnings.join()).toContain('accepts audience "vault"');

    const removed = await scene.run([...create, '--remove-audience', 'openshift', '--yes']);
    expect(removed.json.changes[0]?.detail).toBe('trust policy: audience "openshift" removed');
    expect(new Set(trusted())).toEqual(new Set(['sts.amazonaws.com']));
  });

  it('of an earlier run is kept by a run without the flag', async () => {
    await scene.run([...all, '--audience', 'vault']);
    expect((await scene.run(all)).json.changes).toEqual([]);
  });

  it('can be set in the environment, and the flag overrides it', async () => {
    const env = { OIDC_BOOTSTRAP_AUDIENCE: 'vault' };
    const flag = await scene.run([...create, '--audience', 'openshift'], { env });
    expect(flag.json.changes).toEqual([]);
    const ambient = await scene.run(create, { env });
    expect(ambient.json.result.audiences).toContain('vault');
  });
});
