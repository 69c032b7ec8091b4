// Partitions other than `aws`: without CloudFront the private layout is refused before any write, and
// the public layout has the ARNs and host names of the partition.

import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import { bucketName, openScene } from '../scene.ts';

const requests = path.resolve('test/fixtures/credentials-requests/demo');
const create = ['create-all', '--name', 'c', '--credentials-requests-dir', requests];

describe.each([
  {
    partition: 'aws-cn',
    region: 'cn-north-1',
    suffix: 'amazonaws.com.cn',
    bucket: bucketName('c', 'cn-north-1'),
  },
  {
    partition: 'aws-us-gov',
    region: 'us-gov-west-1',
    suffix: 'amazonaws.com',
    bucket: bucketName('c', 'us-gov-west-1'),
  },
  {
    partition: 'aws-eusc',
    region: 'eusc-de-east-1',
    suffix: 'amazonaws.eu',
    bucket: 'c-oidc',
  },
])('$partition', ({ partition, region, suffix, bucket }) => {
  it('refuses the private layout before any write, and supports the public layout', async () => {
    const host = `${bucket}.s3.${region}.${suffix}`;
    const scene = await openScene({ partition, deployMs: 0 });
    const env = { AWS_REGION: region };
    try {
      await scene.run(['create-key-pair', '--key-size', '2048']);
      const refused = await scene.run(create, { env });
      expect([refused.code, refused.json.error.code]).toEqual([2, 'USAGE']);
      expect(refused.json.error.hint).toMatch(/--public-s3-bucket.*--identity-provider-arn/);
      expect(scene.aws.calls.filter((call) => call.write)).toEqual([]);

      const elsewhere = 'arn:aws:iam::111122223333:';
      const mixed = [
        ['--permissions-boundary-arn', `${elsewhere}policy/limit`],
        ['--also-trust-provider-arn', `${elsewhere}oidc-provider/x.example.com`],
      ];
      for (const [flag = '', arn = ''] of mixed) {
        const run = await scene.run([...create, '--public-s3-bucket', flag, arn], { env });
        expect([run.code, run.json.error.code]).toEqual([2, 'USAGE']);
        const right = arn.replace('arn:aws:', `arn:${partition}:`);
        expect(run.json.error.message).toContain(`${flag}: "${arn}" is of partition "aws"`);
        expect(run.json.error.message).toContain(`write "${right}"`);
      }

      const { code, json, stderr } = await scene.run([...create, '--public-s3-bucket'], { env });
      expect(code, stderr).toBe(0);
      expect(json.result.identityProvider).toMatchObject({
        issuer: `https://${host}`,
        identityProviderArn: `arn:${partition}:iam::111122223333:oidc-provider/${host}`,
      });
      expect(json.result.iamRoles.roles[0].arn).toMatch(new RegExp(`^arn:${partition}:iam::`));
      expect(scene.aws.state.s3.buckets.get(bucket)?.policy).toContain(
        `arn:${partition}:s3:::${bucket}/keys.json`,
      );
      const cloudfront = scene.aws.calls.filter(({ service }) => service === 'cloudfront');
      expect(cloudfront.map((call) => call.region)).toEqual(
        partition === 'aws-cn' ? cloudfront.map(() => 'cn-northwest-1') : [],
      );
      const again = await scene.run(create, { env });
      expect([again.code, again.json.changes]).toEqual([0, []]);
    } finally {
      await scene.close();
    }
  });
});

describe('aws', () => {
  it('sends CloudFront calls to us-east-1 from every region', async () => {
    const scene = await openScene({ deployMs: 0 });
    try {
      await scene.run(['create-key-pair', '--key-size', '2048']);
      expect((await scene.run(create, { env: { AWS_REGION: 'ap-south-1' } })).code).toBe(0);
      const regionsOf = (name: string): readonly string[] => [
        ...new Set(
          scene.aws.calls.filter(({ service }) => service === name).map((call) => call.region),
        ),
      ];
      expect(regionsOf('cloudfront')).toEqual(['us-east-1']);
      expect(regionsOf('s3')).toEqual(['ap-south-1']);
      const [distribution] = scene.aws.state.cloudfront.distributions.values();
      const [origin] = distribution?.config.Origins?.Items ?? [];
      expect(origin).toMatchObject({
        DomainName: `${bucketName('c', 'ap-south-1')}.s3.ap-south-1.amazonaws.com`,
        S3OriginConfig: { OriginAccessIdentity: '' },
      });
    } finally {
      await scene.close();
    }
  });
});
