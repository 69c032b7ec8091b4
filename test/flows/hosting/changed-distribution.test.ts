// An owned distribution that somebody changed: our settings are repaired, other settings are named and
// kept, and the update sends back everything that was read.

import type { DistributionConfig, Origin } from '@aws-sdk/client-cloudfront';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dropAnswerOf } from '../meanwhile.ts';
import { bucketName, bucketOf, openScene, type Scene } from '../scene.ts';

const create = ['create-identity-provider', '--name', 'c'];
let scene: Scene;

beforeEach(async () => {
  scene = await openScene();
  await scene.run(['create-key-pair', '--key-size', '2048']);
});
afterEach(async () => {
  await scene.close();
});

const distribution = () => {
  const [found] = scene.aws.state.cloudfront.distributions.values();
  if (found === undefined) throw new Error('there is no distribution');
  return found;
};

/** Changes the configuration by hand; the change is deployed at once. */
function change(make: (config: DistributionConfig) => Partial<DistributionConfig>): void {
  const found = distribution();
  found.config = { ...found.config, ...make(found.config) };
}

const withOrigin =
  (origin: Origin) =>
  ({ Origins }: DistributionConfig): Partial<DistributionConfig> => {
    const Items = [...(Origins?.Items ?? []), origin];
    return { Origins: { Quantity: Items.length, Items } };
  };

const customOrigin = {
  Id: 'stranger',
  DomainName: 'keys.example.com',
  CustomOriginConfig: { HTTPPort: 80, HTTPSPort: 443, OriginProtocolPolicy: 'https-only' },
} as const;

const behavior = (config: DistributionConfig): NonNullable<typeof config.DefaultCacheBehavior> => {
  if (config.DefaultCacheBehavior === undefined) throw new Error('no behavior');
  return config.DefaultCacheBehavior;
};

const operations = (from = 0): readonly string[] =>
  scene.aws.calls.slice(from).map((call) => call.operation);

describe('what others added to a distribution', () => {
  it('is named item by item and kept', async () => {
    await scene.run(create);
    change(withOrigin(customOrigin));
    change((config) => ({
      Aliases: { Quantity: 1, Items: ['oidc.example.com'] },
      WebACLId: 'arn:aws:wafv2:us-east-1:111122223333:global/webacl/x/1',
      Restrictions: {
        GeoRestriction: { RestrictionType: 'whitelist', Quantity: 1, Items: ['NZ'] },
      },
      CacheBehaviors: {
        Quantity: 1,
        Items: [{ ...behavior(config), PathPattern: 'other/*', TargetOriginId: 'stranger' }],
      },
      DefaultCacheBehavior: {
        ...behavior(config),
        FunctionAssociations: {
          Quantity: 1,
          Items: [{ FunctionARN: 'arn:aws:cloudfront::1:function/f', EventType: 'viewer-request' }],
        },
        LambdaFunctionAssociations: {
          Quantity: 1,
          Items: [
            {
              LambdaFunctionARN: 'arn:aws:lambda:us-east-1:1:function:l:1',
              EventType: 'origin-response',
            },
          ],
        },
        TrustedKeyGroups: { Enabled: true, Quantity: 1, Items: ['group-1'] },
      },
    }));
    const { code, json } = await scene.run(create);
    expect(code).toBe(0);
    expect(json.changes).toEqual([]);
    const prefix = `distribution "${distribution().id}" has an addition of others: `;
    expect(json.warnings.map((warning) => warning.replace(prefix, ''))).toEqual([
      'origin "stranger" (keys.example.com)',
      'behavior "other/*" (origin "stranger")',
      'function "arn:aws:cloudfront::1:function/f" on viewer-request',
      'Lambda@Edge function "arn:aws:lambda:us-east-1:1:function:l:1" on origin-response',
      'trusted key group "group-1": only signed URLs are allowed, so STS cannot read the documents',
      'web ACL "arn:aws:wafv2:us-east-1:111122223333:global/webacl/x/1"',
      'geo restriction (whitelist: NZ)',
      'alias "oidc.example.com"',
    ]);
    const status = await scene.run(['rotate-keys', 'status', '--name', 'c']);
    expect(status.json.warnings).toContain(`${prefix}alias "oidc.example.com"`);
  });
});

describe('a default behavior that somebody moved to a custom origin', () => {
  it('is kept and reported', async () => {
    await scene.run(create);
    change(withOrigin(customOrigin));
    change((config) => ({
      DefaultCacheBehavior: { ...behavior(config), TargetOriginId: 'stranger' },
    }));
    const before = operations().length;
    const { code, json } = await scene.run(create);
    expect(json.error).toBeUndefined();
    expect(code).toBe(0);
    expect(operations(before)).not.toContain('cloudfront:UpdateDistribution');
    expect(json.warnings.join('\n')).toContain(
      `reads origin "stranger" (keys.example.com) instead of ${bucketName()}.s3.eu-west-1.amazonaws.com: it is kept`,
    );
    expect(json.warnings.join('\n')).toContain('does not serve what the bucket holds');
  });
});

describe('an origin path', () => {
  it('is removed, because the documents are at the root of the bucket', async () => {
    await scene.run(create);
    change(({ Origins }) => ({
      Origins: {
        Quantity: 1,
        Items: (Origins?.Items ?? []).map((origin) => ({ ...origin, OriginPath: '/theirs' })),
      },
    }));
    const { code, json } = await scene.run(create);
    expect(code).toBe(0);
    expect(json.changes).toMatchObject([
      { resource: 'cloudfront-distribution', action: 'update', detail: 'origin path' },
    ]);
    expect(distribution().config.Origins?.Items?.[0]?.OriginPath).toBe('');
  });
});

describe('a distribution setting that the SDK does not know', () => {
  const newer = {
    ...customOrigin,
    CustomOriginConfig: { ...customOrigin.CustomOriginConfig, OriginHttpVersion: 'http2' },
  };

  it('does not stop a run that has nothing to send', async () => {
    await scene.run(create);
    change(withOrigin(newer));
    expect(await scene.run(create)).toMatchObject({ code: 0, json: { changes: [] } });
  });

  it.each([{ words: [] }, { words: ['--dry-run'] }])(
    'is not dropped by a repair $words',
    async ({ words }) => {
      await scene.run(create);
      change(withOrigin(newer));
      change(() => ({ Enabled: false }));
      bucketOf(scene.aws)?.objects.delete('openid/v1/jwks');
      const before = scene.aws.calls.length;
      const { code, json } = await scene.run([...create, ...words]);
      expect(code).toBe(1);
      expect(json.error.code).toBe('AWS_REQUEST_FAILED');
      expect(json.error.message).toContain('needs a repair (enabled)');
      expect(json.error.message).toContain('Origins.Items[1].CustomOriginConfig.OriginHttpVersion');
      expect(scene.aws.calls.slice(before).filter((call) => call.write)).toEqual([]);
    },
  );
});

describe('a distribution that was created although the connection dropped', () => {
  it('is found by the id in the error message before any list shows it', async () => {
    scene.aws.state.cloudfront.listLagMs = 24 * 3_600_000;
    dropAnswerOf(scene.aws, 'cloudfront:CreateDistributionWithTags');
    const { code, json } = await scene.run(create);
    expect(json.error).toBeUndefined();
    expect(code).toBe(0);
    expect(scene.aws.state.cloudfront.distributions.size).toBe(1);
    const all = operations();
    const created = all.lastIndexOf('cloudfront:CreateDistributionWithTags');
    expect(all.slice(created)).not.toContain('cloudfront:ListDistributions');
  });
});
