// Failures of S3: bucket names, regions, and answers without a reason.

import { namespaceOf } from '../core/bucket-names.ts';
import { code, on, withProfile, type FailureRow } from './failure-row.ts';

/** In order: the first row that holds decides. */
export const s3Failures: readonly FailureRow[] = [
  {
    when: code('BucketAlreadyExists'),
    code: 'NAME_TAKEN',
    what: (facts) => `the bucket name of "${facts.resource}" is taken by another account`,
    hint: () => 'bucket names are shared by all accounts of a partition: choose another --name',
  },
  {
    when: (facts) =>
      facts.operation === 's3:CreateBucket' &&
      code('IllegalLocationConstraint', 'InvalidLocationConstraint')(facts),
    code: 'AWS_REQUEST_FAILED',
    what: (facts) => `S3 cannot create a bucket in region "${facts.region}" at the endpoint in use`,
    hint: (facts) =>
      'check --endpoint-url, AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL and endpoint_url in the profile: they must lead to S3 of this region; ' +
      `where none is set, see whether the region is enabled: aws account get-region-opt-status --region-name ${facts.region}`,
  },
  {
    // Which code a Region without the namespace answers with is documented nowhere: these are S3's for a
    // name, a header or an argument that it does not take.
    when: (facts) =>
      facts.operation === 's3:CreateBucket' &&
      namespaceOf(facts.resource) === 'account-regional' &&
      facts.status === 400,
    code: 'AWS_REQUEST_FAILED',
    what: (facts) =>
      `S3 refused ${facts.resource}, a bucket name of the account regional namespace`,
    hint: (facts) =>
      `region "${facts.region}" or the endpoint in use may not have that namespace: --bucket-namespace global makes a bucket of the global one`,
  },
  {
    when: code(
      'PermanentRedirect',
      'TemporaryRedirect',
      'AuthorizationHeaderMalformed',
      'IllegalLocationConstraint',
      'InvalidLocationConstraint',
    ),
    code: 'AWS_REQUEST_FAILED',
    what: (facts) => `${facts.operation}${on(facts)} went to the wrong region, "${facts.region}"`,
    hint: (facts) => `run again with --region ${facts.rightRegion ?? '<region of the bucket>'}`,
  },
  {
    when: (facts) => facts.awsCode === 'BadRequest' && facts.text === '',
    code: 'AWS_REQUEST_FAILED',
    hint: (facts) =>
      `S3 gives no reason here; expired credentials are the usual one: check with "aws sts get-caller-identity${withProfile(facts)}"`,
  },
];
