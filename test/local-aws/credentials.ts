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

/** Refuses expired and unknown access keys with the code each service has for it. */
export function checkAccessKey(sender: Sender, service: string): void {
  if (sender.accessKey === 'AKIAEXPIRED') {
    throw service === 's3'
      ? new AwsFault(400, 'ExpiredToken', 'The provided token has expired.')
      : new AwsFault(403, 'ExpiredToken', 'The security token included in the request is expired');
  }
  if (sender.accessKey === undefined || sender.account !== undefined) return;
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
