// The one translation from what the SDK throws to what the program reports. AWS's own words are
// passed on, one line of them: further lines of a signature error repeat the request, tokens included.

import { AwsError, BootstrapError } from '../core/errors.ts';
import { isRegionName } from '../core/partition.ts';
import { on, type FailureFacts } from './failure-row.ts';
import { failureRows } from './failure-table.ts';
import { permissionsOf, resourceOf, type AwsCall } from './permissions.ts';
import { looseError, wireCode } from './wire-code.ts';

/** An AwsError for anything thrown by an SDK call; errors of ours pass through. */
export function translateFailure(
  thrown: unknown,
  call: AwsCall,
  profile: string | undefined,
): BootstrapError {
  if (thrown instanceof BootstrapError) return thrown;
  const error = looseError(thrown);
  const facts = factsOf(thrown, call, profile);
  const row = failureRows.find(({ when }) => when(facts));
  const what = row?.what?.(facts) ?? `${facts.operation}${on(facts)} failed`;
  return new AwsError({
    code: row?.code ?? 'AWS_REQUEST_FAILED',
    message: `${what} (${[facts.awsCode, facts.text].filter((part) => part !== '').join(': ')})`,
    hint: row?.hint(facts),
    awsCode: facts.awsCode,
    operation: call.operation,
    status: facts.status,
    attempts: error.$metadata?.attempts,
    details: {
      operation: call.operation,
      awsCode: facts.awsCode,
      status: facts.status,
      requestId: error.$metadata?.requestId,
      resource: facts.resource,
      bucketRegion: facts.rightRegion,
      distributionId: distributionIn(facts),
      ...(row?.code === 'AWS_ACCESS_DENIED' ? { permissions: facts.permissions } : {}),
    },
    // The message of a signature error repeats the signed request: what AWS answered is kept above.
    cause: facts.status === undefined ? thrown : undefined,
  });
}

/** The distribution that has the caller reference: CloudFront names it at the end of its text only. */
function distributionIn({ awsCode, text }: FailureFacts): string | undefined {
  if (awsCode !== 'DistributionAlreadyExists') return undefined;
  return /\bE[A-Z0-9]{9,30}$/.exec(text)?.[0];
}

function factsOf(thrown: unknown, call: AwsCall, profile: string | undefined): FailureFacts {
  const error = looseError(thrown);
  const text = firstLine(typeof error.message === 'string' ? error.message : '');
  const headers = error.$response?.headers;
  // "User: U is not authorized to perform: P on resource: R because ...", quoted or not.
  const permission = /not authorized to perform: ([\w-]+:\w+)/.exec(text)?.[1];
  const resource = /on resource: "?([^\s"]+)/.exec(text)?.[1];
  const code = wireCode(thrown);
  const named =
    headers?.['x-amz-bucket-region'] ?? /expecting '([a-z0-9-]+)'/.exec(text)?.[1] ?? '';
  // The SDK's chain came to its end: no source had anything to offer.
  const empty =
    code === 'CredentialsProviderError' && /could not load credentials from any/i.test(text);
  return {
    operation: call.operation,
    awsCode: empty ? 'NoCredentials' : code,
    text: empty || text === 'UnknownError' || text === 'Unknown' || text === code ? '' : text,
    status: error.$metadata?.httpStatusCode,
    region: call.region,
    rightRegion: isRegionName(named) ? named : undefined,
    permissions: permission === undefined ? permissionsOf(call) : [permission],
    resource: resource ?? resourceOf(call),
    profile,
  };
}

function firstLine(message: string): string {
  const line = (message.split('\n', 1)[0] ?? '').trim().replace(/\.$/, '');
  return line.length > 500 ? `${line.slice(0, 500)}...` : line;
}
