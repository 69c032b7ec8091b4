// What to do about documents that are refused (HTTP 401 or 403) although no other check of the hosting fails: a
// Deny of others, an addition to the distribution, or Block Public Access of the account.

import { bucketArn } from '../hosting/bucket-policy.ts';
import { distributionAdditions } from '../hosting/distribution-additions.ts';
import { objectKey } from '../hosting/shared-hosting.ts';
import { matchesPattern, sidOf } from '../hosting/statement.ts';
import { publishedKeys } from '../issuer/discovery.ts';
import { listOf, statementsOf } from '../policy.ts';
import { valueOf } from '../seen.ts';
import type { HostingFacts } from './hosting-facts.ts';
import { purposeOf } from './distribution-checks.ts';

/** The hint; undefined where nothing is seen that would refuse a read. */
export function refusedHint(facts: HostingFacts): string | undefined {
  const denies = denyingStatements(facts);
  if (denies.length > 0) {
    const list = denies.map((sid) => `"${sid}"`).join(', ');
    return `the bucket policy has a Deny of others that may keep the reader out, statement ${list}: narrow it, so that it does not cover the published documents`;
  }
  if (facts.kind === 's3-public') {
    return (
      'the bucket itself is open: Block Public Access of the account or the organization closes it ' +
      `(\`aws s3control get-public-access-block --account-id ${facts.target.account}\` shows that of the account); turn it off there, or ` +
      'move the cluster to an issuer of the private layout'
    );
  }
  const distribution = valueOf(facts.distribution);
  if (distribution === undefined) return undefined;
  const additions = distributionAdditions(distribution.config, purposeOf(facts, distribution));
  return additions.length === 0
    ? undefined
    : '"hosting-additions" may be the cause: look at that first';
}

/** Deny statements, except for requests without TLS, that may cover a published document. */
function denyingStatements({ target, bucket }: HostingFacts): readonly string[] {
  const policy = bucket?.settings === undefined ? undefined : valueOf(bucket.settings.policy);
  if (policy === undefined || bucket === undefined) return [];
  const arn = bucketArn(bucket.bucket, target.partition.id);
  const documents = publishedKeys.map((key) => `${arn}/${objectKey(bucket.prefix, key)}`);
  const tlsOnly = JSON.stringify({ Bool: { 'aws:SecureTransport': 'false' } });
  return statementsOf(policy).flatMap((statement, index) => {
    const reads =
      statement['NotAction'] !== undefined ||
      listOf(statement['Action']).some((one) => matchesPattern(one.toLowerCase(), 's3:getobject'));
    const covers =
      statement['NotResource'] !== undefined ||
      listOf(statement['Resource']).some((one) =>
        documents.some((document) => matchesPattern(one, document)),
      );
    const isTls = JSON.stringify(statement['Condition']) === tlsOnly;
    return statement['Effect'] === 'Deny' && reads && covers && !isTls
      ? [sidOf(statement, index)]
      : [];
  });
}
