// Gardener Inventory in two accounts: one issuer that is served elsewhere, a provider for it in each
// account (audience `iaas-aws-dev`), and in each a role with a managed policy for one service account.

import { generateKeyPairSync } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { expect, it } from 'vitest';
import { startWebServer } from '../../local-aws/dns/web-server.ts';
import { iamAccount } from '../../local-aws/iam/iam-state.ts';
import { askSts, mintToken } from '../rotation/api-server.ts';
import { openScene } from '../scene.ts';

const host = 'discovery.example.org';
const issuerPath = 'projects/garden/shoots/one';
const issuer = `https://${host}/${issuerPath}`;
const readOnly = 'arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess';
const signer = generateKeyPairSync('rsa', { modulusLength: 2048 });

it('Gardener Inventory has its role in two accounts, and its tokens are accepted in both', async () => {
  const scene = await openScene();
  const site = path.join(scene.root, 'site');
  const documents = path.join(site, issuerPath, '.well-known');
  fs.mkdirSync(documents, { recursive: true });
  const jwksUri = `${issuer}/jwks`;
  const discovery = { issuer, jwks_uri: jwksUri };
  fs.writeFileSync(path.join(documents, 'openid-configuration'), JSON.stringify(discovery));
  const key = { ...signer.publicKey.export({ format: 'jwk' }), kid: 'garden-1' };
  fs.writeFileSync(path.join(site, issuerPath, 'jwks'), JSON.stringify({ keys: [key] }));
  const stop = await startWebServer(scene.aws.world, { host, folder: site });
  try {
    for (const [account, AWS_ACCESS_KEY_ID] of [
      ['111122223333', 'AKIAOWNER'],
      ['444455556666', 'AKIAOTHER'],
    ] as const) {
      const create = ['create-all', '--name', 'inventory', '--issuer-url', issuer];
      const role = ['--service-account', 'inventory/worker', '--managed-policy-arn', readOnly];
      const words = [...create, '--audience', 'iaas-aws-dev', ...role];
      const change = { folder: path.join(scene.root, account), env: { AWS_ACCESS_KEY_ID } };
      const { code, json, stderr } = await scene.run(words, change);
      expect(code, stderr).toBe(0);
      expect(json.result.identityProvider.audiences).toEqual(['iaas-aws-dev']);
      const made = iamAccount(scene.aws.state.iam, account).roles.get('inventory-inventory-worker');
      expect(made?.attachedPolicies).toEqual([readOnly]);
      expect((await scene.run(words, change)).json.changes).toEqual([]);

      scene.clock.advance(60_000);
      const token = mintToken(signer.privateKey, {
        issuer,
        subject: 'system:serviceaccount:inventory:worker',
        audience: 'iaas-aws-dev',
        now: scene.clock.now(),
        kid: 'garden-1',
      });
      const roleArn = `arn:aws:iam::${account}:role/inventory-inventory-worker`;
      expect(await askSts(scene.aws.endpoint, { token, roleArn })).toBe('accepted');
    }
  } finally {
    await stop();
    await scene.close();
  }
});
