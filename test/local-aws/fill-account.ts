// A large account: roles, providers and distributions of other teams, written straight into the state.
// The quotas of such an account were raised.

import { completeConfig } from './cloudfront/cloudfront-defaults.ts';
import { iamAccount } from './iam/iam-state.ts';
import type { Quotas, World } from './wire/protocol.ts';

const account = '111122223333';

/** How many there are of each. */
export const foreignCounts = { roles: 5_000, providers: 100, distributions: 200 };

/** Quotas that leave room beside them. */
export const raisedQuotas: Partial<Quotas> = {
  roles: 10_000,
  oidcProviders: 200,
  distributions: 500,
};

/** Fills the account with what other teams have. */
export function fillAccount(world: World): void {
  const created = new Date(world.now().getTime() - 86_400_000);
  const { oidcProviders, roles } = iamAccount(world.iam, account);
  const arns = Array.from({ length: foreignCounts.providers }, (_, n) => {
    const arn = `arn:aws:iam::${account}:oidc-provider/team-${n}.example.com`;
    oidcProviders.set(arn, {
      arn,
      url: `https://team-${n}.example.com`,
      clientIds: ['sts.amazonaws.com'],
      thumbprints: [],
      tags: [{ key: 'team', value: String(n) }],
      createdAt: created,
    });
    return arn;
  });
  for (let n = 0; n < foreignCounts.roles; n += 1) {
    const name = `team-${n % 100}-service-${n}`;
    roles.set(name, {
      name,
      id: `AROA${n}`,
      arn: `arn:aws:iam::${account}:role/${name}`,
      path: '/',
      description: undefined,
      maxSessionDuration: 3600,
      permissionsBoundary: undefined,
      trustPolicy: trustPolicy(n % 2 === 0 ? arns[n % arns.length] : undefined),
      inlinePolicies: new Map(),
      attachedPolicies: [],
      instanceProfiles: [],
      tags: [{ key: 'team', value: String(n % 100) }],
      createdAt: created,
    });
  }
  for (let n = 0; n < foreignCounts.distributions; n += 1) addDistribution(world, n, created);
}

function trustPolicy(providerArn: string | undefined): string {
  const trusted =
    providerArn === undefined
      ? { Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }
      : { Principal: { Federated: providerArn }, Action: 'sts:AssumeRoleWithWebIdentity' };
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', ...trusted }],
  });
}

function addDistribution(world: World, n: number, created: Date): void {
  const id = `EFOREIGN${n}`;
  world.cloudfront.distributions.set(id, {
    id,
    arn: `arn:aws:cloudfront::${account}:distribution/${id}`,
    domainName: `dforeign${n}.cloudfront.net`,
    account,
    config: completeConfig({
      CallerReference: `team-${n}`,
      Comment: `team ${n}`,
      Enabled: true,
      Origins: {
        Quantity: 1,
        Items: [
          {
            Id: 'site',
            DomainName: `team-${n}.s3.eu-west-1.amazonaws.com`,
            S3OriginConfig: { OriginAccessIdentity: '' },
          },
        ],
      },
      DefaultCacheBehavior: {
        TargetOriginId: 'site',
        ViewerProtocolPolicy: 'https-only',
        CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
      },
    }),
    previousConfig: undefined,
    deployedAt: created.getTime(),
    etag: `E${n}`,
    createdAt: created.getTime(),
    lastModified: created,
    tags: { team: String(n) },
  });
}
