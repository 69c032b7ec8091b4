// Statements of a bucket policy by which somebody outside the account could write the documents or the
// rotation state, or change who may: whoever can do that can sign tokens for every role.

import { publishedKeys } from '../issuer/discovery.ts';
import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import { rotationStateKey } from '../keys/removed-keys.ts';
import { listOf, statementsOf } from '../policy.ts';
import { objectKey } from './shared-hosting.ts';
import { matchesPattern, sidOf } from './statement.ts';

/** Actions that change an object or its permissions; lower case. */
const objectActions = [
  's3:putobject',
  's3:deleteobject',
  's3:deleteobjectversion',
  's3:putobjectacl',
  's3:putobjectversionacl',
  's3:replicateobject',
  's3:replicatedelete',
];

/** Actions that open the bucket, or delete it; lower case. */
const bucketActions = [
  's3:putbucketpolicy',
  's3:deletebucketpolicy',
  's3:putbucketacl',
  's3:putbucketownershipcontrols',
  's3:putbucketpublicaccessblock',
  's3:putlifecycleconfiguration',
  's3:putreplicationconfiguration',
  's3:deletebucket',
];

/** The bucket whose policy is judged. */
export type JudgedBucket = {
  /** ARN of the bucket. */
  readonly arn: string;
  /** The account that owns it. */
  readonly account: string;
  /** Of the cluster's objects, where the bucket is for many. */
  readonly prefix?: string | undefined;
};

/** Sids (or numbers) of those Allow statements. */
export function foreignWriters(policy: JsonObject, bucket: JudgedBucket): readonly string[] {
  const objects = [...publishedKeys, rotationStateKey].map(
    (key) => `${bucket.arn}/${objectKey(bucket.prefix, key)}`,
  );
  return statementsOf(policy).flatMap((statement, index) => {
    const covers = (resources: readonly string[]): boolean =>
      statement['NotResource'] !== undefined ||
      listOf(statement['Resource']).some((pattern) =>
        resources.some((resource) => matchesPattern(pattern, resource)),
      );
    const acts = (actions: readonly string[]): boolean =>
      statement['NotAction'] !== undefined ||
      listOf(statement['Action']).some((pattern) =>
        actions.some((action) => matchesPattern(pattern.toLowerCase(), action)),
      );
    const writes =
      (acts(objectActions) && covers(objects)) || (acts(bucketActions) && covers([bucket.arn]));
    const opens =
      statement['Effect'] === 'Allow' && writes && letsOthersIn(statement, bucket.account);
    return opens ? [sidOf(statement, index)] : [];
  });
}

/** True unless every principal is known to be of the account. */
function letsOthersIn(statement: JsonObject, account: string): boolean {
  const principal = statement['Principal'];
  if (!isJsonObject(principal)) return !isPinned(statement['Condition'], account);
  return Object.entries(principal).some(([type, value]) =>
    listOf(value).some((name) => {
      if (type === 'AWS' && isOfAccount(name, account)) return false;
      // CloudFront passes on the requests of viewers: a condition on a distribution of the account is no limit.
      if (type === 'Service' && name.startsWith('cloudfront.')) return true;
      return !isPinned(statement['Condition'], account);
    }),
  );
}

/** Also the ID of a deleted principal (AROA..., AIDA...), which nobody has any more. */
function isOfAccount(name: string, account: string): boolean {
  return name === account || name.split(':')[4] === account || /^A(?:ROA|IDA)[A-Z0-9]+$/.test(name);
}

/** Condition keys that tell the account of the caller, or of the resource a service acts for. */
const accountKeys = ['aws:principalaccount', 'aws:sourceaccount'];
const arnKeys = ['aws:principalarn', 'aws:sourcearn'];
const pins = /^(?:StringEquals|StringLike|ArnEquals|ArnLike)$/;

/** True where a condition lets in nobody but the account. */
function isPinned(condition: Json | undefined, account: string): boolean {
  if (!isJsonObject(condition)) return false;
  return Object.entries(condition).some(
    ([operator, keys]) =>
      pins.test(operator) &&
      isJsonObject(keys) &&
      Object.entries(keys).some(([key, value]) => {
        const values = listOf(value);
        if (values.length === 0) return false;
        if (accountKeys.includes(key.toLowerCase())) return values.every((one) => one === account);
        return (
          arnKeys.includes(key.toLowerCase()) &&
          values.every((one) => one.split(':')[4] === account)
        );
      }),
  );
}
