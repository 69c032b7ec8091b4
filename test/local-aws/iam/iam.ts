// IAM of the local AWS: finds the operation of a request and renders its result.
// Its rules, with where each comes from, are listed in RULES-IAM.md.

import { iamCall, type IamOperations } from './iam-operation.ts';
import { policyOperations } from './iam-policies.ts';
import { providerOperations } from './iam-providers.ts';
import { roleOperations } from './iam-roles.ts';
import { AwsFault, type AwsRequest, type AwsResponse, type World } from '../wire/protocol.ts';
import { readParams } from '../wire/query-request.ts';
import { queryResponse } from '../wire/query-response.ts';

const version = '2010-05-08';
const operations: IamOperations = { ...providerOperations, ...roleOperations, ...policyOperations };

/** Answers a signed IAM request, or throws an AwsFault with IAM's own code and text. */
export async function handleIam(request: AwsRequest, world: World): Promise<AwsResponse> {
  const params = readParams(request);
  const action = params.Action ?? '';
  const operation = Object.hasOwn(operations, action) ? operations[action] : undefined;
  if (operation === undefined || params.Version !== version) {
    throw new AwsFault(
      400,
      'InvalidAction',
      `Could not find operation ${action} for version ${params.Version ?? 'NO_VERSION_SPECIFIED'}`,
    );
  }
  if (request.account === undefined) {
    throw new AwsFault(
      403,
      'MissingAuthenticationToken',
      'Request is missing Authentication Token',
    );
  }
  const result = await operation(iamCall({ params, world, accountId: request.account }));
  return queryResponse({ action, namespace: `https://iam.amazonaws.com/doc/${version}/`, result });
}
