// The hosting of a name, by its kind. What a kind has to check of its own is one function in this table.

import type { Hosting } from '../result.ts';
import { bucketChecks } from './bucket-checks.ts';
import { failed, passed, skipped, type Check } from './check.ts';
import { distributionChecks } from './distribution-checks.ts';
import type { Commands, HostingFacts } from './hosting-facts.ts';

type KindChecks = (facts: HostingFacts, commands: Commands) => readonly Check[];

const ofBucket: KindChecks = (facts, commands) =>
  facts.bucket === undefined ? [] : bucketChecks(facts, facts.bucket, commands);

const behindCloudFront: KindChecks = (facts, commands) => {
  const bucket = ofBucket(facts, commands);
  // Of a name that has nothing, the bucket alone is missed.
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
  return [...kinds[facts.kind](facts, commands), ...accountChecks(facts)];
}

/** Block Public Access of the account stands above that of a bucket (`--deep`). */
function accountChecks({ kind, target, accountAccess }: HostingFacts): readonly Check[] {
  if (accountAccess === undefined || kind === 'external') return [];
  const id = 'hosting-account-access';
  const subject = target.account;
  if (!accountAccess.seen) return [skipped(id, subject, accountAccess.why)];
  const flags = accountAccess.value;
  const closed = flags?.BlockPublicPolicy === true || flags?.RestrictPublicBuckets === true;
  if (kind !== 's3-public') {
    return [
      passed(id, subject, closed ? 'on for the whole account' : 'off; that of the bucket counts'),
    ];
  }
  if (!closed) return [passed(id, subject, 'leaves public buckets alone')];
  return [
    failed(id, subject, {
      detail: `Block Public Access of account ${subject} closes every public bucket, this one among them`,
      hint: 'have it turned off for the account (S3 console, "Block Public Access settings for this account"), or move the cluster to an issuer of the private layout',
    }),
  ];
}
