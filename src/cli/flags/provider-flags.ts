// The flags of the identity provider, which create-identity-provider and create-all share, read and
// checked against each other.

import type { BucketNamespace } from '../../core/bucket-names.ts';
import { platforms, type Platform } from '../../core/cluster/platform.ts';
import type { DomainWish } from '../../core/hosting/domain.ts';
import type { Tags } from '../../core/tags.ts';
import type { Layout } from '../../workflows/hosting/check-hosting.ts';
import type { HostingFlags } from '../../workflows/hosting/site.ts';
import { readDomain } from './domain.ts';
import {
  addIssue,
  readAudiences,
  readBoolean,
  readChoice,
  readTags,
  readTexts,
  type Reading,
} from './flags.ts';
import { readHostingFlags, refuseBesideSharedHosting } from './hosting-flags.ts';
import { readBucketNamespace, readLayout } from './iam-flags.ts';

/** What the flags of the identity provider say. */
export type ProviderOptions = HostingFlags & {
  readonly layout: Layout;
  /** Of a new bucket. */
  readonly bucketNamespace: BucketNamespace | undefined;
  /** Undefined: no domain of the user's own was asked for. */
  readonly domain: DomainWish | undefined;
  /** Replace ccoctl's origin access identity by an origin access control. */
  readonly migrateToOac: boolean;
  readonly publicKeyFiles: readonly string[];
  readonly audiences: readonly string[] | undefined;
  readonly removeAudiences: readonly string[];
  readonly tags: Tags;
  /** Undefined: as the folder says, else kubernetes. */
  readonly platform: Platform | undefined;
  readonly yes: boolean;
};

/** Reads them; what is wrong with them is added to the issues. */
export function readProviderOptions(reading: Reading): ProviderOptions {
  const audiences = readAudiences(reading, 'audience');
  const removeAudiences = readAudiences(reading, 'removeAudience') ?? [];
  const both = removeAudiences.filter((audience) => audiences?.includes(audience) === true);
  if (both.length > 0) {
    addIssue(reading, {
      flag: 'removeAudience',
      message: `"${both.join(', ')}" is also given to --audience`,
    });
  }
  const layout = readLayout(reading);
  const hosting = readHostingFlags(reading);
  const { issuerUrl, sharedHosting } = hosting;
  const bucketNamespace = readBucketNamespace(reading);
  if (issuerUrl !== undefined) refuseHostingFlags(reading);
  const migrateToOac = readBoolean(reading, 'migrateToOac') ?? false;
  if (migrateToOac && (issuerUrl !== undefined || layout === 'public')) {
    const flag = issuerUrl === undefined ? '--public-s3-bucket' : '--issuer-url';
    const message = `is about a distribution, and with ${flag} there is none; give one of the two`;
    addIssue(reading, { flag: 'migrateToOac', message });
  }
  if (migrateToOac && sharedHosting !== undefined) {
    refuseBesideSharedHosting(reading, 'migrateToOac');
  }
  if (sharedHosting !== undefined && layout === 'public') {
    const isOpen = reading.flags.publicS3Bucket !== undefined;
    refuseBesideSharedHosting(reading, isOpen ? 'publicS3Bucket' : 'createPrivateS3Bucket');
  }
  return {
    layout,
    bucketNamespace,
    migrateToOac,
    domain: readDomain(reading),
    ...hosting,
    publicKeyFiles: readTexts(reading, 'publicKeyFile') ?? [],
    audiences,
    removeAudiences,
    tags: readTags(reading),
    platform: readChoice(reading, { flag: 'platform', of: platforms }),
    yes: readBoolean(reading, 'yes') ?? false,
  };
}

const hostingFlags = ['publicS3Bucket', 'createPrivateS3Bucket', 'bucketNamespace'];

/** Where the documents are served elsewhere, there is no hosting to speak of. */
function refuseHostingFlags(reading: Reading): void {
  for (const flag of hostingFlags) {
    if (reading.flags[flag] === undefined) continue;
    addIssue(reading, {
      flag,
      message:
        'is about hosting, and with --issuer-url the documents are served elsewhere; give one of the two',
    });
  }
}
