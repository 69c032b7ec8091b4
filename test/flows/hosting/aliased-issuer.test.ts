// An issuer at an alias of the distribution without its discovery document: the issuer is known from the
// IAM providers or not at all, and never changes.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bucketOf, openScene, type Scene } from '../scene.ts';

const create = ['create-identity-provider', '--name', 'c'];
const issuer = 'https://oidc.example.com';
const discovery = '.well-known/openid-configuration';
let scene: Scene;

const objects = () => {
  const bucket = bucketOf(scene.aws);
  if (bucket === undefined) throw new Error('there is no bucket');
  return bucket.objects;
};

const providers = () => {
  const account = scene.aws.state.iam.accounts.get('111122223333');
  if (account === undefined) throw new Error('there is no account');
  return account.oidcProviders;
};

const run = () => scene.run(create, { folder: `${scene.root}/moved` });

/** Moves a cluster to the alias by hand: in the documents and in the IAM provider. */
beforeEach(async () => {
  scene = await openScene();
  await scene.run(['create-key-pair', '--key-size', '2048']);
  await scene.run(create);
  const [distribution] = scene.aws.state.cloudfront.distributions.values();
  const document = objects().get(discovery);
  if (distribution === undefined || document === undefined) throw new Error('nothing was made');
  const Aliases = { Quantity: 1, Items: ['oidc.example.com'] };
  distribution.config = { ...distribution.config, Aliases };
  scene.aws.state.dns.elsewhere.set('oidc.example.com CNAME', [distribution.domainName]);
  const text = document.body.toString().replaceAll(distribution.domainName, 'oidc.example.com');
  objects().set(discovery, { ...document, body: Buffer.from(text) });
});
afterEach(async () => {
  await scene.close();
});

describe('an issuer at an alias without its discovery document', () => {
  it('is recognized by the IAM provider that has its URL', async () => {
    providers().clear();
    const moved = await run();
    expect(moved.json.error).toBeUndefined();
    expect(moved.json.result.issuer).toBe(issuer);
    expect(moved.json.warnings).toEqual([]);
    objects().delete(discovery);
    const { code, json } = await run();
    expect(code).toBe(0);
    expect(json.result.issuer).toBe(issuer);
    expect(JSON.parse(objects().get(discovery)?.body.toString() ?? '{}').issuer).toBe(issuer);
    expect(json.changes.map((change) => change.resource)).toEqual(['s3-object']);
  });

  it.each([
    { providers: 'both names', clear: false },
    { providers: 'neither', clear: true },
  ])('is not guessed if IAM has a provider for $providers', async ({ clear }) => {
    const ofDistribution = [...providers()];
    providers().clear();
    await run();
    if (clear) providers().clear();
    else for (const [arn, provider] of ofDistribution) providers().set(arn, provider);
    objects().delete(discovery);
    const before = scene.aws.calls.length;
    const { code, json } = await run();
    expect(code).toBe(5);
    expect(json.error.code).toBe('ISSUER_WOULD_CHANGE');
    expect(json.error.message).toContain(`"${issuer}"`);
    expect(json.error.details.issuers).toContain(issuer);
    expect(json.error.details.issuers).toContain(json.error.details.wantedIssuer);
    expect(scene.aws.calls.slice(before).filter((call) => call.write)).toEqual([]);
  });
});
