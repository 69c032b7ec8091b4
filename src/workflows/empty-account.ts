// AWS for a dry run without credentials: an account in which there is nothing.
// Reads answer "absent" from the first one that finds no credentials on; nothing is ever written.

import type { Aws, Caller } from '../aws/ports.ts';
import { isAwsError } from '../core/errors.ts';

const absent = async (): Promise<undefined> => undefined;
const none = async (): Promise<readonly never[]> => [];
const noTags = async (): Promise<{ readonly [key: string]: string }> => ({});

/** The answers of an account in which there is nothing. */
function emptyAccount(): Pick<Aws, 's3' | 'cloudfront' | 'iam' | 'acm' | 'route53'> {
  return {
    s3: {
      headBucket: async () => ({ state: 'absent' }),
      ownsBucket: async () => false,
      isEmpty: async () => true,
      getBucketTags: noTags,
      getPublicAccessBlock: absent,
      getAccountAccessBlock: absent,
      getObjectOwnership: absent,
      getEncryptionAlgorithm: absent,
      getBucketPolicy: absent,
      listVersions: none,
      getObject: absent,
    },
    cloudfront: {
      findOriginAccessControl: absent,
      getOriginAccessControl: absent,
      listOriginAccessIdentities: none,
      getOriginAccessIdentity: absent,
      listDistributions: none,
      getDistribution: absent,
      getTags: noTags,
      getInvalidationStatus: absent,
    },
    iam: {
      getOidcProvider: absent,
      listOidcProviderArns: none,
      listRoles: none,
      listRoleTrust: none,
      getRole: absent,
      listRolePolicies: none,
      getRolePolicy: absent,
      listAttachedRolePolicies: none,
      listInstanceProfiles: none,
      isAttachable: absent,
      getAccountSummary: absent,
    },
    acm: { getCertificate: absent, listCertificates: none, getTags: noTags },
    route53: { findZones: none, getZone: absent, listRecords: none },
  };
}

/** AWS for a dry run, and who calls: undefined without credentials. */
export type PlanningAws = {
  readonly aws: Aws;
  readonly getCaller: () => Promise<Caller | undefined>;
};

/**
 * AWS whose reads fall back to the empty account from the first that finds no credentials on;
 * `onMissing` is called once, then. Credentials that are refused, and a profile that does not
 * exist, stay errors.
 */
export function orEmptyAccount(aws: Aws, onMissing: () => void): PlanningAws {
  const empty = emptyAccount();
  let missing = false;

  type Reader = (...args: never[]) => Promise<unknown>;
  const either =
    (real: Reader, instead: Reader): Reader =>
    async (...args) => {
      if (missing) return instead(...args);
      try {
        return await real(...args);
      } catch (error) {
        if (!isWithoutCredentials(error)) throw error;
        if (!missing) onMissing();
        missing = true;
        return instead(...args);
      }
    };
  const group = <Reads extends { readonly [name: string]: Reader }>(
    real: Reads,
    instead: Reads,
  ): Reads => {
    const names: readonly (keyof Reads)[] = Object.keys(real);
    const merged = names.map((name) => [
      name,
      either(real[name] ?? absent, instead[name] ?? absent),
    ]);
    return Object.fromEntries(merged) as Reads;
  };

  const getCaller = either(aws.sts.getCaller, absent);
  return {
    aws: {
      ...aws,
      s3: group(aws.s3, empty.s3),
      cloudfront: group(aws.cloudfront, empty.cloudfront),
      iam: group(aws.iam, empty.iam),
      acm: group(aws.acm, empty.acm),
      route53: group(aws.route53, empty.route53),
    },
    getCaller: getCaller as PlanningAws['getCaller'],
  };
}

/** Nothing to sign with at all: not a profile that is broken, nor keys that AWS refuses. */
function isWithoutCredentials(error: unknown): boolean {
  return isAwsError(error, 'NoCredentials');
}
