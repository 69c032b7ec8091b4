// What PutBucketPolicy refuses: everything that is no policy for this very bucket.
// All refusals are 400 `MalformedPolicy`, in S3's words where we know them (facts 3.2).

import { AwsFault, type World } from '../wire/protocol.ts';
import { policyActions } from './s3-actions.ts';
import { conditionTests, listOf, matchesWildcard, type OneOrMany } from './s3-policy.ts';

const policyFields = new Set(['Version', 'Id', 'Statement']);
const statementFields = new Set([
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
]);
const principalTypes = new Set(['AWS', 'Service', 'CanonicalUser', 'Federated']);

function malformed(message: string): AwsFault {
  return new AwsFault(400, 'MalformedPolicy', message);
}

function checkFields(value: object, known: ReadonlySet<string>): void {
  for (const field of Object.keys(value)) {
    if (!known.has(field)) throw malformed(`Unknown field ${field}`);
  }
}

function isRecord(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function strings(value: unknown, problem: string): readonly string[] {
  const list = listOf(value);
  if (list.length === 0 || !list.every((item) => typeof item === 'string'))
    throw malformed(problem);
  return list;
}

function oneOf(statement: { readonly [key: string]: unknown }, name: string): unknown {
  const [plain, not] = [statement[name], statement[`Not${name}`]];
  if (plain === undefined && not === undefined) throw malformed(`Missing required field ${name}`);
  if (plain !== undefined && not !== undefined) {
    throw malformed(`Statement cannot have both ${name} and Not${name}`);
  }
  return plain ?? not;
}

function isKnownPrincipal(type: string, value: string, world: World): boolean {
  if (type === 'Service') return /^[a-z0-9.-]+\.amazonaws\.(?:com(?:\.cn)?|eu)$/.test(value);
  if (type === 'CanonicalUser') {
    const identities = [...world.cloudfront.originAccessIdentities.values()];
    return identities.some((identity) => identity.s3CanonicalUserId === value);
  }
  if (type === 'Federated') return value.startsWith('arn:');
  if (value === '*' || /^\d{12}$/.test(value)) return true;
  const identity =
    /^arn:([a-z-]+):iam::cloudfront:user\/CloudFront Origin Access Identity (\S+)$/.exec(value);
  if (identity !== null) {
    return (
      identity[1] === world.partition &&
      world.cloudfront.originAccessIdentities.has(identity[2] ?? '')
    );
  }
  const arn =
    /^arn:([a-z-]+):(?:iam|sts)::\d{12}:(?:root|(?:user|role|assumed-role)\/[^*?]+)$/.exec(value);
  return arn?.[1] === world.partition;
}

function checkPrincipal(principal: unknown, world: World): void {
  if (principal === '*') return;
  if (!isRecord(principal) || Object.keys(principal).length === 0) {
    throw malformed('Invalid policy syntax.');
  }
  for (const [type, values] of Object.entries(principal)) {
    if (!principalTypes.has(type)) throw malformed('Invalid policy syntax.');
    for (const value of strings(values, 'Invalid policy syntax.')) {
      if (!isKnownPrincipal(type, value, world)) throw malformed('Invalid principal in policy');
    }
  }
}

function checkConditions(conditions: unknown): void {
  if (conditions === undefined) return;
  if (!isRecord(conditions)) throw malformed('Invalid policy syntax.');
  for (const [operator, keys] of Object.entries(conditions)) {
    const plain = operator.replace(/IfExists$/, '');
    if (!(plain in conditionTests) && operator !== 'Null') {
      throw malformed(`Invalid Condition type : ${operator}`);
    }
    if (!isRecord(keys)) throw malformed('Invalid policy syntax.');
    for (const key of Object.keys(keys)) {
      if (!/^(?:aws|s3):[A-Za-z0-9/-]+$/i.test(key)) {
        throw malformed('Policy has an invalid condition key');
      }
    }
  }
}

function checkReach(actions: readonly string[], resources: readonly string[], bucketArn: string) {
  const names = (action: string, known: readonly string[]): boolean =>
    known.some((candidate) => matchesWildcard(action, candidate, true));
  const [onObject, onBucket] = [policyActions.object, policyActions.bucket];
  for (const action of actions) {
    if (!names(action, onObject) && !names(action, onBucket)) {
      throw malformed('Policy has invalid action');
    }
  }
  for (const resource of resources) {
    const head = resource.split('/')[0] ?? '';
    if (head !== bucketArn && !(head.endsWith('*') && matchesWildcard(head, bucketArn))) {
      throw malformed('Policy has invalid resource');
    }
  }
  const objects = resources.some((resource) => resource.includes('/') || resource.endsWith('*'));
  const buckets = resources.some((resource) => !resource.includes('/'));
  for (const action of actions) {
    if (!(objects && names(action, onObject)) && !(buckets && names(action, onBucket))) {
      throw malformed('Action does not apply to any resource(s) in statement');
    }
  }
}

function checkStatement(statement: unknown, facts: { bucketArn: string; world: World }): void {
  if (!isRecord(statement)) throw malformed('Invalid policy syntax.');
  checkFields(statement, statementFields);
  if (statement['Effect'] === undefined) throw malformed('Missing required field Effect');
  if (statement['Effect'] !== 'Allow' && statement['Effect'] !== 'Deny') {
    throw malformed(`Invalid effect: ${String(statement['Effect'])}`);
  }
  checkPrincipal(oneOf(statement, 'Principal'), facts.world);
  checkReach(
    strings(oneOf(statement, 'Action'), 'Policy has invalid action'),
    strings(oneOf(statement, 'Resource'), 'Policy has invalid resource'),
    facts.bucketArn,
  );
  checkConditions(statement['Condition']);
}

/** Throws 400 `MalformedPolicy`, or `PolicyTooLarge` above 20 KB, unless S3 would store the text. */
export function checkBucketPolicy(text: string, bucket: string, world: World): void {
  if (Buffer.byteLength(text) > 20 * 1024) {
    throw new AwsFault(400, 'PolicyTooLarge', 'Policy exceeds the maximum allowed document size.');
  }
  if (!text.startsWith('{')) {
    throw malformed("Policies must be valid JSON and the first byte must be '{'");
  }
  let policy: unknown;
  try {
    policy = JSON.parse(text);
  } catch {
    throw malformed("Policies must be valid JSON and the first byte must be '{'");
  }
  if (!isRecord(policy)) throw malformed('Invalid policy syntax.');
  checkFields(policy, policyFields);
  if (policy['Statement'] === undefined) throw malformed('Missing required field Statement');
  const version = policy['Version'];
  if (version !== undefined && version !== '2012-10-17' && version !== '2008-10-17') {
    throw malformed('The policy must contain a valid version string');
  }
  const statements = listOf(policy['Statement'] as OneOrMany<unknown>);
  if (statements.length === 0) throw malformed('Could not parse the policy: Statement is empty!');
  const bucketArn = `arn:${world.partition}:s3:::${bucket}`;
  for (const statement of statements) checkStatement(statement, { bucketArn, world });
  const sids = statements.flatMap((statement) => {
    const sid = (statement as { Sid?: unknown }).Sid;
    return typeof sid === 'string' && sid !== '' ? [sid] : [];
  });
  if (new Set(sids).size < sids.length) throw malformed('Duplicate Sid in the policy');
}
