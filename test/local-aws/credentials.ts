// Access keys of the local AWS and what a request's Authorization header says about its sender.
// Signatures are not verified (see RULES.md): the access key id alone decides.

import { AwsFault } from './wire/protocol.ts';

/** Who sent a request and to which service; account undefined: nobody signed it. */
export type Sender = {
  readonly service: string | undefined;
  readonly region: string;
  readonly accessKey: string | undefined;
  readonly account: string | undefined;
  readonly callerArn: string | undefined;
};

/** The account whose credentials `LocalAws.credentials` holds. */
export const ownerAccount = '111122223333';
/** Another account, for what belongs to somebody else. */
const otherAccount = '444455556666';

const accounts: { readonly [accessKey: string]: string } = {
  AKIAOWNER: ownerAccount,
  AKIAOTHER: otherAccount,
  AKIAEXPIRED: ownerAccount,
};

/** Environment for the SDK and the AWS CLI. */
export const ownerCredentials = {
  AWS_ACCESS_KEY_ID: 'AKIAOWNER',
  AWS_SECRET_ACCESS_KEY: 'local-aws-secret',
};

/** Reads the credential scope of a SigV4 header; unsigned requests have none. */
export function senderOf(authorization: string | undefined, partition: string): Sender {
  const scope = /Credential=([^/,\s]+)\/\d{8}\/([^/,\s]+)\/([^/,\s]+)\/aws4_request/.exec(
    authorization ?? '',
  );
  const [, accessKey, region = 'us-east-1', service] = scope ?? [];
  const account = accessKey === undefined ? undefined : accounts[accessKey];
  const callerArn =
    account === undefined ? undefined : `arn:${partition}:iam::${account}:user/operator`;
  return { service, region, accessKey, account, callerArn };
}

/** Regions by partition. https://docs.aws.amazon.com/general/latest/gr/rande.html */
const regions: { readonly [partition: string]: RegExp } = {
  aws: /^(?!us-gov-|us-iso)(?:us|eu|ap|sa|ca|me|af|il|mx)-[a-z]+-\d$/,
  'aws-cn': /^cn-[a-z]+-\d$/,
  'aws-us-gov': /^us-gov-[a-z]+-\d$/,
  'aws-eusc': /^eusc-[a-z]+-[a-z]+-\d$/,
};
/** A Region of each partition, and that of its CloudFront API. */
export const homeRegions: {
  readonly [partition: string]: { readonly region: string; readonly cloudfront: string };
} = {
  aws: { region: 'eu-west-1', cloudfront: 'us-east-1' },
  'aws-cn': { region: 'cn-north-1', cloudfront: 'cn-northwest-1' },
  'aws-us-gov': { region: 'us-gov-west-1', cloudfront: 'us-gov-west-1' },
  'aws-eusc': { region: 'eusc-de-east-1', cloudfront: 'eusc-de-east-1' },
};

const withCloudFront = ['aws', 'aws-cn'];

/**
 * Whether there is such a service at all where the caller has its account: keys of one partition are not
 * known in another, and the endpoint that the SDK finds for CloudFront may be one of another.
 */
function isKnownThere({ region }: Sender, service: string, partition: string): boolean {
  if (service === 'cloudfront' && !withCloudFront.includes(partition)) return false;
  return regions[partition]?.test(region) !== false;
}

/** Refuses expired and unknown access keys with the code each service has for it. */
export function checkAccessKey(sender: Sender, service: string, partition: string): void {
  if (sender.accessKey === 'AKIAEXPIRED') {
    throw service === 's3'
      ? new AwsFault(400, 'ExpiredToken', 'The provided token has expired.')
      : new AwsFault(403, 'ExpiredToken', 'The security token included in the request is expired');
  }
  if (sender.accessKey === undefined) return;
  if (sender.account !== undefined && isKnownThere(sender, service, partition)) return;
  throw service === 's3'
    ? new AwsFault(
        403,
        'InvalidAccessKeyId',
        'The AWS Access Key Id you provided does not exist in our records.',
      )
    : new AwsFault(
        403,
        'InvalidClientTokenId',
        'The security token included in the request is invalid.',
      );
}
