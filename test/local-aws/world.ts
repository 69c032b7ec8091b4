// Builds the world of one local AWS: empty services, a clock, ids that are the same in every run.

import { createHash } from 'node:crypto';
import { newCloudFrontState } from './cloudfront/cloudfront-state.ts';
import { fetchHost } from './dns/fetch-host.ts';
import { newAcmState } from './acm/acm-state.ts';
import { newDnsState } from './dns/dns-state.ts';
import { newRoute53State } from './route53/route53-state.ts';
import { newIamState } from './iam/iam-state.ts';
import type { Quotas, World } from './wire/protocol.ts';
import { defaultQuotas } from './quotas.ts';
import { newS3State } from './s3/s3-state.ts';
import { newStsState } from './sts/sts-state.ts';

/** What a test can choose; everything has a default. */
export type WorldOptions = {
  readonly clock?: { readonly now: () => Date };
  /** `aws` by default. */
  readonly partition?: string;
  /** Until a distribution is deployed; 180000 by default. */
  readonly deployMs?: number;
  /** Until other calls see what IAM has created; 0 by default. */
  readonly iamVisibilityMs?: number;
  /** Until a changed Block Public Access is in force; 0 by default. */
  readonly s3SettingsMs?: number;
  /** How long STS keeps an issuer's keys; 3600000 by default. */
  readonly stsJwksCacheMs?: number;
  /** False: CreateBucket refuses tags, as in aws-eusc (where it is the default) and some Regions. */
  readonly taggedCreateBucket?: boolean;
  /** False in aws-cn: the account has no ICP filing, so that S3 refuses anonymous readers. */
  readonly icpFiling?: boolean;
  readonly quotas?: Partial<Quotas>;
};

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** A source of AWS-like ids: the prefix and thirteen characters, a different one each time. */
function newIdSource(): (prefix: string) => string {
  let count = 0;
  return (prefix) => {
    count += 1;
    const digest = createHash('sha256').update(`${prefix}${count}`).digest();
    const characters = [...digest.subarray(0, 13)].map((byte) => alphabet[byte % alphabet.length]);
    return `${prefix}${characters.join('')}`;
  };
}

/** A fresh AWS. */
export function newWorld(options: WorldOptions): World {
  const clock = options.clock ?? { now: () => new Date() };
  const world: World = {
    now: () => clock.now(),
    partition: options.partition ?? 'aws',
    s3: newS3State(),
    cloudfront: newCloudFrontState(),
    iam: newIamState(),
    sts: newStsState(),
    acm: newAcmState(),
    route53: newRoute53State(),
    dns: newDnsState(),
    fetchFromEdge: async (host, path) => fetchHost({ host, path }, world),
    newId: newIdSource(),
    deployMs: options.deployMs ?? 180_000,
    iamVisibilityMs: options.iamVisibilityMs ?? 0,
    s3SettingsMs: options.s3SettingsMs ?? 0,
    stsJwksCacheMs: options.stsJwksCacheMs ?? 3_600_000,
    taggedCreateBucket: options.taggedCreateBucket ?? options.partition !== 'aws-eusc',
    icpFiling: options.icpFiling ?? true,
    quotas: { ...defaultQuotas, ...options.quotas },
  };
  return world;
}
