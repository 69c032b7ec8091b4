// STS of the local AWS: who the caller is, and web-identity sessions for tokens that really verify
// against the published documents, the provider and the role's trust policy.

import { isVisible } from '../iam/iam-operation.ts';
import { iamAccount, type IamRole } from '../iam/iam-state.ts';
import {
  checkNumber,
  checkRequired,
  checkText,
  constraints,
  refuseViolations,
} from '../iam/iam-validation.ts';
import { AwsFault, type AwsRequest, type AwsResponse, type World } from '../wire/protocol.ts';
import { readParams, type QueryParams } from '../wire/query-request.ts';
import { queryResponse, type QueryResult } from '../wire/query-response.ts';
import { disturbanceOf } from './sts-state.ts';
import { trustAllows } from './trust-evaluation.ts';
import { verifyWebIdentity, type WebIdentity } from './web-identity.ts';

const version = '2011-06-15';

/** Answers an STS request, or throws an AwsFault with STS's own code and text. */
export async function handleSts(request: AwsRequest, world: World): Promise<AwsResponse> {
  const params = readParams(request);
  const action = params.Action ?? '';
  const known = action === 'GetCallerIdentity' || action === 'AssumeRoleWithWebIdentity';
  if (!known || params.Version !== version) {
    throw new AwsFault(
      400,
      'InvalidAction',
      `Could not find operation ${action} for version ${params.Version ?? 'NO_VERSION_SPECIFIED'}`,
    );
  }
  const result =
    action === 'GetCallerIdentity'
      ? callerIdentity(request)
      : await assumeRoleWithWebIdentity({ params, region: request.region, world });
  return queryResponse({ action, namespace: `https://sts.amazonaws.com/doc/${version}/`, result });
}

function callerIdentity({ account, callerArn }: AwsRequest): QueryResult {
  if (account === undefined || callerArn === undefined) {
    throw new AwsFault(
      403,
      'MissingAuthenticationToken',
      'Request is missing Authentication Token',
    );
  }
  return { Arn: callerArn, UserId: `AIDA${account}CALLER`, Account: account };
}

async function assumeRoleWithWebIdentity(request: {
  readonly params: QueryParams;
  readonly region: string;
  readonly world: World;
}): Promise<QueryResult> {
  const { params, region, world } = request;
  if (disturbanceOf(world.sts, { region, now: world.now() }) === 'throttled') {
    throw new AwsFault(400, 'Throttling', 'Rate exceeded');
  }
  refuseViolations(
    checkRequired('roleArn', params.RoleArn, constraints.arn),
    checkRequired('roleSessionName', params.RoleSessionName, constraints.sessionName),
    checkRequired('webIdentityToken', params.WebIdentityToken, constraints.webIdentityToken),
    checkText('policy', params.Policy, { ...constraints.document, max: 2048 }),
    checkNumber('durationSeconds', params.DurationSeconds, { min: 900, max: 43_200 }),
  );
  if (params.ProviderId !== undefined) {
    throw new AwsFault(400, 'InvalidParameterValue', 'ProviderId is for OAuth 2.0 access tokens');
  }
  const { RoleArn: roleArn = '', RoleSessionName: sessionName = '' } = params;
  const accountId = accountOfRole(roleArn, world.partition);
  const identity = await verifyWebIdentity({
    token: params.WebIdentityToken ?? '',
    accountId,
    region,
    world,
  });
  const role = [...iamAccount(world.iam, accountId).roles.values()].find(
    ({ arn }) => arn === roleArn,
  );
  if (role === undefined || !trusts({ role, identity, sessionName, world })) {
    throw new AwsFault(
      403,
      'AccessDenied',
      'Not authorized to perform sts:AssumeRoleWithWebIdentity',
    );
  }
  const duration = Number(params.DurationSeconds ?? 3600);
  if (duration > role.maxSessionDuration) {
    throw new AwsFault(
      400,
      'ValidationError',
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role',
    );
  }
  const issuedAt = world.now();
  const expiresAt = new Date(issuedAt.getTime() + duration * 1000);
  const audience = identity.audiences[0] ?? '';
  world.sts.sessions.push({
    roleArn,
    sessionName,
    subject: identity.subject,
    audience,
    issuer: identity.issuer,
    keyId: identity.keyId,
    region,
    issuedAt,
    expiresAt,
  });
  return {
    Credentials: {
      AccessKeyId: world.newId('ASIA'),
      SecretAccessKey: 'local-aws-gives-no-real-secret-key-00000',
      SessionToken: `local-aws-session-${world.sts.sessions.length}`,
      Expiration: expiresAt,
    },
    SubjectFromWebIdentityToken: identity.subject,
    AssumedRoleUser: {
      AssumedRoleId: `${role.id}:${sessionName}`,
      Arn: `arn:${world.partition}:sts::${accountId}:assumed-role/${role.name}/${sessionName}`,
    },
    Provider: identity.provider.arn,
    Audience: audience,
  };
}

function accountOfRole(roleArn: string, partition: string): string {
  const account = new RegExp(`^arn:${partition}:iam::(\\d{12}):role/[!-~]+$`).exec(roleArn)?.[1];
  if (account === undefined) throw new AwsFault(400, 'ValidationError', 'Request ARN is invalid');
  return account;
}

function trusts(question: {
  readonly role: IamRole;
  readonly identity: WebIdentity;
  readonly sessionName: string;
  readonly world: World;
}): boolean {
  const { role, identity, sessionName, world } = question;
  if (!isVisible(role, world)) return false;
  const prefix = identity.issuer.replace(/^https:\/\//, '');
  const now = world.now();
  const trust = {
    document: role.trustPolicy,
    partition: world.partition,
    caller: {
      providerArn: identity.provider.arn,
      context: {
        [`${prefix}:sub`]: [identity.subject],
        [`${prefix}:aud`]: identity.audiences,
        [`${prefix}:oaud`]: identity.originalAudiences,
        [`${prefix}:amr`]: identity.methods,
        'aws:FederatedProvider': [identity.provider.arn],
        'aws:CurrentTime': [now.toISOString()],
        'aws:EpochTime': [String(Math.floor(now.getTime() / 1000))],
        'aws:SecureTransport': ['true'],
        'sts:RoleSessionName': [sessionName],
      },
    },
  };
  // Session tags of a token need an action of their own.
  const tagged = !identity.tagsSession || trustAllows({ ...trust, action: 'sts:TagSession' });
  return tagged && trustAllows(trust);
}
