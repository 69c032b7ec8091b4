import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { globalBucketName } from '../../src/core/bucket-names.ts';
import { clusterNameProblem, roleName } from '../../src/core/names.ts';

describe('a cluster name', () => {
  it.each(['a', 'my-cluster', 'x'.repeat(58), '1-2-3'])('may be "%s"', (name) => {
    expect(clusterNameProblem(name)).toBeUndefined();
  });

  it.each([
    '',
    'A',
    'a.b',
    '-a',
    'a-',
    'x'.repeat(59),
    'a_b',
    'xn--a',
    'sthree-a',
    'amzn-s3-demo-x',
    'sthree',
    'amzn-s3-demo',
    'ä',
  ])('must not be "%s"', (name) => {
    expect(clusterNameProblem(name)).toBeTypeOf('string');
  });

  it('always gives a bucket name that S3 accepts', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9-]{1,60}$/), (name) => {
        fc.pre(clusterNameProblem(name) === undefined);
        expect(globalBucketName(name)).toMatch(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/);
        expect(globalBucketName(name)).not.toMatch(/^(?:xn--|sthree-|amzn-s3-demo-)/);
      }),
    );
  });
});

describe('a role name', () => {
  it('is the plain concatenation up to 64 characters', () => {
    const secret = { namespace: 'n'.repeat(30), name: 's'.repeat(29) };
    expect(roleName('abc', secret)).toBe(`abc-${secret.namespace}-${secret.name}`);
  });

  it('has 55 characters and eight digits of the digest beyond that, always the same', () => {
    const secret = {
      namespace: 'openshift-cluster-csi-drivers',
      name: 'ebs-cloud-credentials-of-a-long-name',
    };
    expect(roleName('production', secret)).toBe(
      'production-openshift-cluster-csi-drivers-ebs-cloud-cred-7dbae4ce',
    );
  });

  it('is different for requests that have the same first 64 characters', () => {
    const namespace = 'n'.repeat(60);
    const names = ['one', 'two'].map((name) => roleName('cluster', { namespace, name }));
    expect(new Set(names).size).toBe(2);
    for (const name of names) expect(name).toHaveLength(64);
  });
});
