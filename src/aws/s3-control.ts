// Block Public Access of the whole account, the one thing that is asked of the S3 Control API: S3's own request
// of that name, signed alike, at another host and path. The SDK's client of S3 Control puts the account before the
// host of every endpoint, and `111122223333.127.0.0.1` leads nowhere. Loaded by import().
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetPublicAccessBlock.html

import { GetPublicAccessBlockCommand } from '@aws-sdk/client-s3';

export { createClient } from './s3.ts';

/** What is changed of a request; the SDK's own type is in none of the packages that are used. */
type HttpRequest = {
  hostname: string;
  path: string;
  query: { [name: string]: unknown };
  readonly headers: { [name: string]: string };
};

/** Takes the account for a bucket, and asks `<account>.s3-control...` where S3 would be asked about `<bucket>.s3...`. */
export function accountAccessBlock(account: string): GetPublicAccessBlockCommand {
  const command = new GetPublicAccessBlockCommand({ Bucket: account });
  command.middlewareStack.add(
    (next) => async (args) => {
      const request = (args as unknown as { readonly request: HttpRequest }).request;
      request.hostname = request.hostname.replace(/^(\d{12})\.s3(?=[.-])/, '$1.s3-control');
      // A given endpoint has the account in its path, behind a path of its own.
      const base = request.path.replace(new RegExp(`(?:/${account})?/?$`), '');
      request.path = `${base}/v20180820/configuration/publicAccessBlock`;
      request.query = {};
      request.headers['x-amz-account-id'] = account;
      return await next(args);
    },
    // Before the host is put into a header and the request is signed.
    { step: 'build', name: 'askTheAccount' },
  );
  return command;
}
