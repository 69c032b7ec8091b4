// Renders a refusal in the protocol of the service that gives it.

import type { Service } from './operations.ts';
import type { AwsFault, AwsResponse } from './wire/protocol.ts';
import { toXml } from './wire/xml.ts';

const namespaces: { readonly [service: string]: string } = {
  cloudfront: 'http://cloudfront.amazonaws.com/doc/2020-05-31/',
  route53: 'https://route53.amazonaws.com/doc/2013-04-01/',
  iam: 'https://iam.amazonaws.com/doc/2010-05-08/',
  sts: 'https://sts.amazonaws.com/doc/2011-06-15/',
};

/** S3 has a bare `<Error>`, ACM answers in JSON; the others wrap it in `<ErrorResponse>`. */
export function renderFault(fault: AwsFault, service: Service, requestId: string): AwsResponse {
  if (service === 'acm') {
    return {
      status: fault.status,
      headers: { ...fault.headers, 'content-type': 'application/x-amz-json-1.1' },
      body: JSON.stringify({ __type: fault.code, message: fault.message }),
    };
  }
  const error = { Code: fault.code, Message: fault.message };
  const body =
    service === 's3'
      ? toXml('Error', { ...error, RequestId: requestId, HostId: 'local' })
      : toXml(
          'ErrorResponse',
          {
            Error: { Type: fault.status >= 500 ? 'Receiver' : 'Sender', ...error },
            RequestId: requestId,
          },
          namespaces[service],
        );
  const contentType = service === 's3' ? 'application/xml' : 'text/xml';
  return {
    status: fault.status,
    headers: { ...fault.headers, 'content-type': contentType },
    body,
  };
}
