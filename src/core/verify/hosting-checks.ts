// The hosting of a name, by its kind. What a kind has to check of its own is one function in this table.

import type { Hosting } from '../result.ts';
import { bucketChecks } from './bucket-checks.ts';
import type { Check } from './check.ts';
import { distributionChecks } from './distribution-checks.ts';
import type { Commands, HostingFacts } from './hosting-facts.ts';

type KindChecks = (facts: HostingFacts, commands: Commands) => readonly Check[];

const ofBucket: KindChecks = (facts, commands) =>
  facts.bucket === undefined ? [] : bucketChecks(facts, facts.bucket, commands);

const behindCloudFront: KindChecks = (facts, commands) => {
  const bucket = ofBucket(facts, commands);
  // Of a name that has nothing, only the bucket is reported as missing.
  const nothing = facts.bucket?.settings === undefined && facts.issuer === undefined;
  return nothing ? bucket : [...bucket, ...distributionChecks(facts, commands)];
};

const kinds: { readonly [kind in Hosting | 'external']: KindChecks } = {
  cloudfront: behindCloudFront,
  'cloudfront-oai': behindCloudFront,
  's3-public': ofBucket,
  external: () => [],
};

/** Checks of the hosting. */
export function hostingChecks(facts: HostingFacts, commands: Commands): readonly Check[] {
  return kinds[facts.kind](facts, commands);
}
