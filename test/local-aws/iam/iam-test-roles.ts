// A role, its documents and the boundary that the tests of IAM's role operations share.

import {
  CreatePolicyCommand,
  CreateRoleCommand,
  GetRoleCommand,
  type CreateRoleCommandInput,
} from '@aws-sdk/client-iam';
import { ownAccount, type TestAws } from './iam-test-clients.ts';

const issuer = 'd111111abcdef8.cloudfront.net';
export const trust = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Federated: `arn:aws:iam::${ownAccount}:oidc-provider/${issuer}` },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: { StringEquals: { [`${issuer}:sub`]: "system:serviceaccount:ns:it's (one)*" } },
    },
  ],
};
export const permissions = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }],
};
export const boundary = `arn:aws:iam::${ownAccount}:policy/limits/boundary`;

export const create = (aws: TestAws, input: Partial<CreateRoleCommandInput> = {}) =>
  aws.iam.send(
    new CreateRoleCommand({
      RoleName: 'one',
      AssumeRolePolicyDocument: JSON.stringify(trust),
      ...input,
    }),
  );
export const get = (aws: TestAws, RoleName = 'one') =>
  aws.iam.send(new GetRoleCommand({ RoleName }));
export const makeBoundary = (aws: TestAws) =>
  aws.iam.send(
    new CreatePolicyCommand({
      PolicyName: 'boundary',
      Path: '/limits/',
      PolicyDocument: JSON.stringify(permissions),
    }),
  );
