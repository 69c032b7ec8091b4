// Who may read the bucket: exactly the published documents, for exactly one distribution (or, in the
// public layout, for everyone). Statements of others are kept; ccoctl's reader is narrowed.

import cloudfrontTemplate from '../../../templates/s3/bucket-policy-cloudfront.json' with { type: 'json' };
import sharedTemplate from '../../../templates/s3/bucket-policy-shared.json' with { type: 'json' };
import publicTemplate from '../../../templates/s3/bucket-policy-public.json' with { type: 'json' };
import { publishedKeys } from '../issuer/discovery.ts';
import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import { listOf, samePolicy, sameStatement, statementsOf } from '../policy.ts';
import type { Hosting } from '../result.ts';
import { fillTemplate } from '../template.ts';
import { matchesPattern, sidOf } from './statement.ts';

/** Who reads the documents. ccoctl's origin access identity keeps the statement it has. */
export type Reader =
  | {
      readonly kind: 'cloudfront';
      readonly distributionArn: string;
      /** Many clusters, each below a prefix: the policy is the same for all. */
      readonly shared?: boolean;
      /** Ids of ccoctl's origin access identities that no longer read the bucket. */
      readonly formerIdentities?: readonly string[];
    }
  | { readonly kind: 'cloudfront-oai' }
  | { readonly kind: 's3-public' };

/** The reader of a hosting; the distribution is the one made or found for it. */
export function readerOf(facts: {
  readonly hosting: Hosting | undefined;
  readonly distributionArn: string | undefined;
  /** Of the cluster's documents in a shared hosting. */
  readonly prefix: string | undefined;
}): Reader {
  const { hosting, distributionArn, prefix } = facts;
  if (hosting === 'cloudfront' && distributionArn !== undefined) {
    return { kind: 'cloudfront', distributionArn, shared: prefix !== undefined };
  }
  return { kind: hosting === 's3-public' ? 's3-public' : 'cloudfront-oai' };
}

/** What to do about a bucket policy. */
export type PolicyPlan = {
  /** The whole policy to put; undefined where the one found is right. */
  readonly policy: JsonObject | undefined;
  /** In a few words, for the plan. */
  readonly detail: string;
  /** Statements of others that were kept, by Sid or number. */
  readonly kept: readonly string[];
  /** What others added to statements of ours and the put removes, as `<Sid>: <what>`. */
  readonly dropped: readonly string[];
};

const tlsSid = 'DenyInsecureTransport';
/** The Sid of our TLS statement where a statement of others has the usual one. */
const ownTlsSid = 'OidcBootstrapDenyInsecureTransport';
const stateSid = 'DenyRotationState';
const ourSids = ['AllowCloudFrontOAC', 'AllowPublicDocuments', stateSid, tlsSid, ownTlsSid];
const ccoctlPublicSid = 'AllowReadPublicAccess';
const ccoctlIdentitySid = '1';
/** Actions that read the bytes of an object; lower case. */
const readActions = ['s3:getobject', 's3:getobjectversion'];

/** ARN of a bucket. */
export function bucketArn(bucket: string, partition: string): string {
  return `arn:${partition}:s3:::${bucket}`;
}

/** The policy the bucket should have, given the one it has. */
export function planBucketPolicy(wanted: {
  bucket: string;
  partition: string;
  reader: Reader;
  found: JsonObject | undefined;
}): PolicyPlan {
  const arn = bucketArn(wanted.bucket, wanted.partition);
  // IAM's `*` matches slashes too: other keys that end like a document are below a cluster's own prefix,
  // and a Deny covers .oidc-bootstrap/.
  const place = isShared(wanted.reader) ? `${arn}/*` : arn;
  const documentArns = publishedKeys.map((key) => `${place}/${key}`);
  const before = wanted.found === undefined ? [] : statementsOf(wanted.found);
  const former = wanted.reader.kind === 'cloudfront' ? (wanted.reader.formerIdentities ?? []) : [];
  const found = before.filter((statement) => !isReaderOf(statement, former));
  const narrowed = found.map((statement) => narrowReader(statement, arn, documentArns));
  const publicIsCcoctls = narrowed.some(
    (statement) => statement['Sid'] === ccoctlPublicSid && isPublicRead(statement),
  );
  const own = ownStatements(wanted.reader, arn, documentArns).filter(
    (statement) => !(publicIsCcoctls && statement['Sid'] === 'AllowPublicDocuments'),
  );
  const theirTls = narrowed.find((statement) => isTlsOfOthers(statement, own));
  const ours = own.map((statement) =>
    theirTls !== undefined && statement['Sid'] === tlsSid
      ? { ...statement, Sid: ownTlsSid }
      : statement,
  );
  const others = narrowed.filter(
    (statement) => statement === theirTls || !ourSids.includes(String(statement['Sid'])),
  );
  const policy = {
    ...(wanted.found ?? { Version: '2012-10-17' }),
    Statement: [...others, ...ours],
  };
  const changed = found.filter((statement, index) => statement !== narrowed[index]);
  return {
    policy: wanted.found !== undefined && samePolicy(wanted.found, policy) ? undefined : policy,
    detail:
      found.length < before.length
        ? 'policy: read through the origin access control alone'
        : changed.length > 0
          ? 'policy: ccoctl’s reader narrowed to the published documents'
          : describeReader(wanted.reader),
    kept: others
      .filter((statement) => !isReaderOfCcoctl(statement))
      .map((statement, index) => sidOf(statement, index)),
    dropped: narrowed.flatMap((statement) =>
      others.includes(statement) ? [] : additionsTo(statement, { own: ours, arn }),
    ),
  };
}

/** What a statement with a Sid of ours holds beside our text: paths alone, the rest with its member. */
function additionsTo(
  statement: JsonObject,
  { own, arn }: { readonly own: readonly JsonObject[]; readonly arn: string },
): readonly string[] {
  const sid = String(statement['Sid']);
  const ours = own.find((candidate) => candidate['Sid'] === sid);
  // The reader of another layout is removed as a whole; the detail of the plan names the new one.
  if (ours === undefined) return [];
  const wanted = new Set(leavesOf(ours));
  return leavesOf(statement)
    .filter((leaf) => !wanted.has(leaf) && !leaf.startsWith('Effect '))
    .map((leaf) => `${sid}: ${leaf.replace(/^Resource /, '').replace(`${arn}/`, '')}`);
}

/** Every text of a statement with the members that lead to it. */
function leavesOf(value: Json, path: readonly string[] = []): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item: Json) => leavesOf(item, path));
  if (isJsonObject(value)) {
    return Object.entries(value).flatMap(([key, item]) =>
      item === undefined ? [] : leavesOf(item, [...path, key]),
    );
  }
  return [[...path, String(value)].join(' ')];
}

/** True where a statement of ours or ccoctl's makes the documents public: the public layout was begun. */
export function grantsPublicDocuments(policy: JsonObject | undefined): boolean {
  return policy !== undefined && statementsOf(policy).some(isPublicRead);
}

/** ARN of the distribution that our reader statement lets in; undefined where there is none. */
export function readingDistribution(policy: JsonObject | undefined): string | undefined {
  const statements = policy === undefined ? [] : statementsOf(policy);
  const condition = statements.find(({ Sid }) => Sid === 'AllowCloudFrontOAC')?.['Condition'];
  const equals = isJsonObject(condition) ? condition['StringEquals'] : undefined;
  return isJsonObject(equals) ? listOf(equals['AWS:SourceArn'])[0] : undefined;
}

/** Sids (or numbers) of Allow statements under which anybody but the owner could read that object. */
export function statementsExposing(policy: JsonObject, objectArn: string): readonly string[] {
  return statementsOf(policy).flatMap((statement, index) => {
    const reads = listOf(statement['Action']).some((action) =>
      readActions.some((read) => matchesPattern(action.toLowerCase(), read)),
    );
    const covers =
      statement['NotResource'] !== undefined ||
      listOf(statement['Resource']).some((resource) => matchesPattern(resource, objectArn));
    const acts = reads || statement['NotAction'] !== undefined;
    return statement['Effect'] === 'Allow' && acts && covers ? [sidOf(statement, index)] : [];
  });
}

/** True where somebody else's statement opens the bucket to everyone: closing it could break a reader. */
export function hasForeignPublicStatement(policy: JsonObject | undefined): boolean {
  return (
    policy !== undefined &&
    statementsOf(policy).some(
      (statement) =>
        statement['Effect'] === 'Allow' &&
        isEveryone(statement['Principal']) &&
        !ourSids.includes(String(statement['Sid'])),
    )
  );
}

function isShared(reader: Reader): boolean {
  return reader.kind === 'cloudfront' && reader.shared === true;
}

function ownStatements(
  reader: Reader,
  arn: string,
  documentArns: readonly string[],
): readonly JsonObject[] {
  if (reader.kind === 'cloudfront') {
    const filled = fillTemplate(isShared(reader) ? sharedTemplate : cloudfrontTemplate, {
      bucketArn: arn,
      documentArns,
      distributionArn: reader.distributionArn,
    });
    return statementsOf(filled);
  }
  const filled = statementsOf(fillTemplate(publicTemplate, { bucketArn: arn, documentArns }));
  return reader.kind === 's3-public'
    ? filled
    : filled.filter((statement) => statement['Sid'] === tlsSid);
}

/** A Deny under the name of our TLS statement that says something else. */
function isTlsOfOthers(statement: JsonObject, own: readonly JsonObject[]): boolean {
  return (
    statement['Sid'] === tlsSid &&
    statement['Effect'] === 'Deny' &&
    !own.some((ours) => sameStatement(ours, statement))
  );
}

/** ccoctl's statement for one of these identities alone. */
function isReaderOf(statement: JsonObject, identities: readonly string[]): boolean {
  const principal = statement['Principal'];
  const [arn = ''] = isJsonObject(principal) ? listOf(principal['AWS']) : [];
  return isReaderOfCcoctl(statement) && identities.some((id) => arn.endsWith(` ${id}`));
}

/** ccoctl grants `bucket/*`; only the published documents are left of it. */
function narrowReader(
  statement: JsonObject,
  arn: string,
  documentArns: readonly string[],
): JsonObject {
  const resources = listOf(statement['Resource']);
  const wide = resources.length > 0 && resources.every((resource) => resource === `${arn}/*`);
  return wide && isReaderOfCcoctl(statement) ? { ...statement, Resource: documentArns } : statement;
}

function isReaderOfCcoctl(statement: JsonObject): boolean {
  const reads = listOf(statement['Action']).every((action) => action === 's3:GetObject');
  if (statement['Effect'] !== 'Allow' || !reads || statement['Condition'] !== undefined)
    return false;
  if (statement['Sid'] === ccoctlPublicSid) return isEveryone(statement['Principal']);
  return statement['Sid'] === ccoctlIdentitySid && isOriginAccessIdentity(statement['Principal']);
}

function isPublicRead(statement: JsonObject): boolean {
  return (
    statement['Effect'] === 'Allow' &&
    isEveryone(statement['Principal']) &&
    ['AllowPublicDocuments', ccoctlPublicSid].includes(String(statement['Sid']))
  );
}

function isEveryone(principal: Json | undefined): boolean {
  return principal === '*' || (isJsonObject(principal) && listOf(principal['AWS']).includes('*'));
}

function isOriginAccessIdentity(principal: Json | undefined): boolean {
  if (!isJsonObject(principal) || Object.keys(principal).length !== 1) return false;
  // One may be written by its canonical user too; S3 gives that back as an ARN.
  const arns = listOf(principal['AWS']);
  return (
    listOf(principal['CanonicalUser']).length === 1 ||
    (arns.length === 1 &&
      arns.every((arn) => /:iam::cloudfront:user\/CloudFront Origin Access Identity /.test(arn)))
  );
}

function describeReader(reader: Reader): string {
  switch (reader.kind) {
    case 'cloudfront':
      return isShared(reader)
        ? 'policy: the published documents of every cluster, for this distribution only'
        : 'policy: the published documents, for this distribution only';
    case 'cloudfront-oai':
      return 'policy: TLS only';
    case 's3-public':
      return 'policy: the published documents, for everyone';
  }
}
