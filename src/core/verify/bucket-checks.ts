// The bucket of a name: whose it is, who may read and write it, and that nobody else can.

import { bucketOfHost, namespaceOf } from '../bucket-names.ts';
import {
  bucketArn,
  hasForeignPublicStatement,
  planBucketPolicy,
  readerOf,
  statementsExposing,
} from '../hosting/bucket-policy.ts';
import { bucketOrigin } from '../hosting/distribution-diff.ts';
import { objectKey } from '../hosting/shared-hosting.ts';
import { foreignWriters } from '../hosting/foreign-writers.ts';
import {
  differingFlags,
  isClosed,
  nothingBlocked,
  wantedAccess,
} from '../hosting/public-access.ts';
import { providerArn } from '../issuer/discovery.ts';
import type { JsonObject } from '../json.ts';
import { rotationStateKey } from '../keys/removed-keys.ts';
import { ownership, ownerTagKey } from '../tags.ts';
import { failed, passed, skipped, warned, type Check, type Finding } from './check.ts';
import type { BucketFacts, Commands, HostingFacts } from './hosting-facts.ts';
import { valueOf } from '../seen.ts';

type Settings = NonNullable<BucketFacts['settings']>;

/** The input of the rules of a bucket. */
type Place = {
  readonly facts: HostingFacts;
  readonly bucket: BucketFacts;
  readonly settings: Settings;
  readonly isCcoctls: boolean;
  readonly commands: Commands;
};

/** Checks of the bucket; only its presence, where it is not there. */
export function bucketChecks(
  facts: HostingFacts,
  bucket: BucketFacts,
  commands: Commands,
): readonly Check[] {
  const { settings } = bucket;
  const first = presenceCheck(facts, bucket, commands);
  if (settings === undefined) return [first];
  const owner = ownership(facts.target.name, valueOf(settings.tags) ?? {});
  const place = { facts, bucket, settings, isCcoctls: owner === 'ccoctl', commands };
  return [
    first,
    accessCheck(place),
    ownershipCheck(place),
    encryptionCheck(place),
    policyCheck(place),
    exposureCheck(place),
    ...namespaceChecks(facts, bucket.bucket),
    ...anonymousChecks(facts),
  ];
}

/** Of a public issuer: its URL is the bucket's name. */
function namespaceChecks({ kind }: HostingFacts, bucket: string): readonly Check[] {
  if (kind !== 's3-public') return [];
  const id = 'hosting-namespace';
  if (namespaceOf(bucket) === 'account-regional') {
    return [passed(id, bucket, "the name is in the account's regional namespace")];
  }
  return [
    warned(id, bucket, {
      detail: `bucket "${bucket}" has a name in the global namespace: once it is deleted, anybody can make a bucket of that name and sign tokens for every role that still trusts the issuer`,
      hint: 'delete the IAM provider before the bucket, as `oidc-bootstrap delete` does; a move to an issuer of another --name ends the risk',
    }),
  ];
}

function presenceCheck(facts: HostingFacts, bucketFacts: BucketFacts, commands: Commands): Check {
  const { askedRegion } = facts;
  const { name } = facts.target;
  const { bucket, presence, settings } = bucketFacts;
  const id = 'hosting-bucket';
  if (!presence.seen) return skipped(id, bucket, presence.why);
  const { value } = presence;
  if (value.state === 'absent') {
    return failed(id, bucket, goneFinding(facts, bucket, commands));
  }
  if (value.state === 'forbidden') {
    return failed(id, bucket, {
      detail: `bucket "${bucket}" exists and is not open to this account`,
      hint:
        namespaceOf(bucket) === 'account-regional'
          ? 'it is in the namespace of this account: allow s3:ListBucket on it'
          : 'if it is yours, allow s3:ListBucket on it; if another account has it, delete the IAM provider of its issuer: the owner of the bucket can sign tokens',
    });
  }
  if (value.region !== undefined && value.region !== askedRegion) {
    return failed(id, bucket, {
      detail: `bucket "${bucket}" is in region "${value.region}", not "${askedRegion}"`,
      hint: `run again with --region ${value.region}`,
    });
  }
  const tags = settings?.tags;
  if (tags !== undefined && !tags.seen) return skipped(id, bucket, tags.why);
  if (ownership(name, tags?.value ?? {}) === 'foreign') {
    return failed(id, bucket, {
      detail: `bucket "${bucket}" is not tagged as made for "${name}"`,
      hint: `give the right --name; if the bucket belongs to this cluster, add the tag "${ownerTagKey(name)}" = "owned" in the S3 console`,
    });
  }
  return passed(id, bucket, `bucket "${bucket}" belongs to this name`);
}

/** Where the name is in the global namespace, anybody can make the bucket of a trusted issuer. */
function goneFinding(facts: HostingFacts, planned: string, commands: Commands): Finding {
  const { target, kind, issuer } = facts;
  if (issuer === undefined) {
    return {
      detail: `bucket "${planned}" is not there`,
      hint: 'check --name and --region',
    };
  }
  const { account, partition } = target;
  const arn = providerArn({ issuer, account, partition: partition.id });
  const stop = `\`aws iam delete-open-id-connect-provider --open-id-connect-provider-arn ${arn}\``;
  const read = bucketRead(facts, issuer);
  const bucket = read ?? planned;
  const isOpen = read === undefined || namespaceOf(read) === 'global';
  return {
    detail:
      `bucket "${bucket}" behind the issuer "${issuer}" is gone: ` +
      (isOpen
        ? 'whoever makes a bucket of that name publishes their own keys there, and can sign tokens for every role that trusts the issuer'
        : 'STS refuses every token of the issuer, and nobody outside this account can make a bucket of that name'),
    hint:
      kind === 's3-public'
        ? `delete the IAM provider${isOpen ? ' now' : ''}: ${stop}; if the cluster is in use, plan its move to an issuer of another name`
        : `make the bucket again${isOpen ? ' now' : ''}: \`${commands.publishKey}\`; if no cluster uses the issuer, delete its IAM provider: ${stop}`,
  };
}

/** The bucket that the distribution or the issuer itself names; undefined where neither names one. */
function bucketRead({ target, distribution }: HostingFacts, issuer: string): string | undefined {
  const origin = bucketOrigin(valueOf(distribution)?.config ?? {})?.['DomainName'];
  const hosts = [String(origin), new URL(issuer).host];
  return hosts.map((host) => bucketOfHost(target, host)?.bucket).find((one) => one !== undefined);
}

function accessCheck({ facts, bucket, settings, isCcoctls, commands }: Place): Check {
  const id = 'hosting-public-access';
  if (!settings.access.seen) return skipped(id, bucket.bucket, settings.access.why);
  const found = settings.access.value ?? nothingBlocked;
  const kind = facts.kind === 'external' ? 'cloudfront' : facts.kind;
  const flags = differingFlags(found, wantedAccess(kind, isCcoctls ? found : undefined));
  if (flags.length === 0) {
    return passed(id, bucket.bucket, kind === 's3-public' ? 'open to its policy' : 'on');
  }
  const named = flags.join(', ');
  if (kind === 's3-public' && isClosed(found)) {
    return failed(id, bucket.bucket, {
      detail: `Block Public Access closes the public bucket "${bucket.bucket}" (${named}): nobody can read the documents`,
      hint: `if its issuer is in use, open it: \`${commands.publish} --public-s3-bucket --yes\``,
    });
  }
  const finding = {
    detail:
      kind === 's3-public'
        ? `Block Public Access of bucket "${bucket.bucket}" has other settings than a public issuer needs: ${named}`
        : `Block Public Access of bucket "${bucket.bucket}" is off for: ${named}`,
    hint: `run \`${commands.publish}\``,
  };
  if (kind === 's3-public') return warned(id, bucket.bucket, finding);
  if (!isCcoctls) return failed(id, bucket.bucket, finding);
  const { account, region } = facts.target;
  return failed(id, bucket.bucket, {
    ...finding,
    hint:
      `run \`aws s3api put-public-access-block --bucket ${bucket.bucket} --expected-bucket-owner ${account} --region ${region} ` +
      '--public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true`',
  });
}

function ownershipCheck({ bucket, settings, isCcoctls, commands }: Place): Check {
  const id = 'hosting-ownership';
  const { ownership: found } = settings;
  if (!found.seen) return skipped(id, bucket.bucket, found.why);
  if (found.value === 'BucketOwnerEnforced') return passed(id, bucket.bucket, 'ACLs are off');
  if (isCcoctls) return passed(id, bucket.bucket, 'as ccoctl made it');
  return warned(id, bucket.bucket, {
    detail: `object ownership of bucket "${bucket.bucket}" is "${found.value ?? 'not set'}": objects may be opened by ACLs`,
    hint: `run \`${commands.publish}\``,
  });
}

function encryptionCheck({ bucket, settings, isCcoctls, commands }: Place): Check {
  const id = 'hosting-encryption';
  const { encryption: found } = settings;
  if (!found.seen) return skipped(id, bucket.bucket, found.why);
  if (found.value === 'AES256') return passed(id, bucket.bucket, 'SSE-S3');
  if (isCcoctls && found.value === undefined) return passed(id, bucket.bucket, 'as ccoctl made it');
  return failed(id, bucket.bucket, {
    detail: `encryption of bucket "${bucket.bucket}" is "${found.value ?? 'not set'}": readers cannot read the next document that is written`,
    hint: isCcoctls
      ? 'set the default encryption of the bucket to SSE-S3 (AES256)'
      : `run \`${commands.publish}\``,
  });
}

function policyCheck({ facts, bucket, settings, isCcoctls, commands }: Place): Check {
  const id = 'hosting-policy';
  const name = bucket.bucket;
  if (!settings.policy.seen) return skipped(id, name, settings.policy.why);
  const distribution = valueOf(facts.distribution);
  if (facts.kind === 'cloudfront' && distribution === undefined) {
    const why = facts.distribution.seen ? 'there is no distribution' : facts.distribution.why;
    return skipped(id, name, `the distribution that it lets in is not known: ${why}`);
  }
  const found = settings.policy.value;
  const plan = planOf(facts, name, found);
  if (plan.policy === undefined) return passed(id, name, plan.detail.replace(/^policy: /, ''));
  const finding: Finding = {
    detail:
      found === undefined
        ? `bucket "${name}" has no policy: nobody can read the documents`
        : `the policy of bucket "${name}" is not the one of this layout (${plan.detail.replace(/^policy: /, '')})` +
          (plan.dropped.length === 0
            ? ''
            : `; others added to our statements: ${plan.dropped.join(', ')}`),
    hint: `run \`${commands.publish}\``,
  };
  return isCcoctls && found !== undefined ? warned(id, name, finding) : failed(id, name, finding);
}

/** What the policy would be after a run of the program. */
function planOf(
  facts: HostingFacts,
  bucket: string,
  found: JsonObject | undefined,
): ReturnType<typeof planBucketPolicy> {
  const kind = facts.kind === 'external' ? undefined : facts.kind;
  const distributionArn = valueOf(facts.distribution)?.arn;
  const reader = readerOf({ hosting: kind, distributionArn, prefix: facts.bucket?.prefix });
  const partition = facts.target.partition.id;
  return planBucketPolicy({ bucket, partition, reader, found });
}

function exposureCheck({ facts, bucket, settings }: Place): Check {
  const id = 'hosting-exposure';
  const name = bucket.bucket;
  if (!settings.policy.seen) return skipped(id, name, settings.policy.why);
  const found = settings.policy.value;
  if (found === undefined) return passed(id, name, 'there is no policy');
  const { account, partition } = facts.target;
  const arn = bucketArn(name, partition.id);
  const after = planOf(facts, name, found).policy ?? found;
  const list = (sids: readonly string[]): string => sids.map((sid) => `"${sid}"`).join(', ');
  const { prefix } = bucket;
  const writers = foreignWriters(after, { arn, account, prefix });
  if (writers.length > 0) {
    return failed(id, name, {
      detail: `the policy of bucket "${name}" lets others write the documents or the rotation state, and so sign tokens for every role: statement ${list(writers)}`,
      hint: 'remove those statements from the policy by hand, or narrow them to this account and to other paths',
    });
  }
  const readers = statementsExposing(after, `${arn}/${objectKey(prefix, rotationStateKey)}`);
  if (readers.length > 0) {
    return failed(id, name, {
      detail: `the policy of bucket "${name}" lets others read the rotation state: statement ${list(readers)}`,
      hint: 'narrow those statements to the published documents (keys.json, openid/v1/jwks, .well-known/openid-configuration) by hand',
    });
  }
  if (hasForeignPublicStatement(after) && facts.kind !== 's3-public') {
    return warned(id, name, {
      detail: `the policy of bucket "${name}" has a statement of others that opens it to everybody`,
      hint: 'remove that statement from the policy by hand if it is not needed',
    });
  }
  return passed(id, name, 'nobody else can read the state or write');
}

function anonymousChecks({ anonymous }: HostingFacts): readonly Check[] {
  const id = 'hosting-anonymous-read';
  return anonymous.map(({ url, answer }) => {
    if (!answer.ok) return skipped(id, url, `no answer: ${answer.reason}`);
    const { status } = answer;
    if (status === 403 || status === 404) return passed(id, url, `refused with HTTP ${status}`);
    if (status !== 200) return skipped(id, url, `HTTP ${status} is no refusal and no document`);
    return failed(id, url, {
      detail: `"${url}" can be read by everybody, without credentials`,
      hint: 'find out what opens it: Block Public Access, the bucket policy, object ACLs, or another distribution; mend the other findings of the hosting first',
    });
  });
}
