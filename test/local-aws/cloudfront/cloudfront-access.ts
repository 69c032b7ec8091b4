// Origin access controls and the older origin access identities: how a distribution proves to S3
// who it is (facts 4.3).

import type {
  CloudFrontOriginAccessIdentityConfig,
  OriginAccessControlConfig,
} from '@aws-sdk/client-cloudfront';
import { createHash } from 'node:crypto';
import { accessIdsOf } from './cloudfront-distributions.ts';
import { checkIfMatch, pageAnswer, resourceAnswer, signedAccount } from './cloudfront-answers.ts';
import {
  originAccessControlConfig,
  originAccessIdentityConfig,
  readShape,
  writeShape,
} from './cloudfront-shapes.ts';
import type { LocalOriginAccessControl, LocalOriginAccessIdentity } from './cloudfront-state.ts';
import { AwsFault, type AwsRequest, type AwsResponse, type World } from '../wire/protocol.ts';
import { parseXml, type XmlValue } from '../wire/xml.ts';

function invalid(message: string): AwsFault {
  return new AwsFault(400, 'InvalidArgument', message);
}

function checkControlConfig(config: OriginAccessControlConfig): void {
  if (!/^[A-Za-z0-9_.-]{1,64}$/.test(config.Name ?? '')) {
    throw invalid('The parameter Name is invalid: 1 to 64 letters, digits, -, _ and .');
  }
  if ((config.Description ?? '').length > 256)
    throw invalid('The parameter Description is too long.');
  if (config.SigningProtocol !== 'sigv4')
    throw invalid('The parameter SigningProtocol is invalid.');
  if (!['always', 'never', 'no-override'].includes(config.SigningBehavior ?? '')) {
    throw invalid('The parameter SigningBehavior is invalid.');
  }
  const types = ['s3', 'mediastore', 'mediapackagev2', 'lambda'];
  if (!types.includes(config.OriginAccessControlOriginType ?? '')) {
    throw invalid('The parameter OriginAccessControlOriginType is invalid.');
  }
}

function readControlConfig(request: AwsRequest): OriginAccessControlConfig {
  const root = parseXml(request.body);
  if (root.name !== 'OriginAccessControlConfig') {
    throw new AwsFault(400, 'MalformedXML', 'expected OriginAccessControlConfig');
  }
  return readShape(root, originAccessControlConfig, root.name) as OriginAccessControlConfig;
}

function ownControls(account: string, world: World): readonly LocalOriginAccessControl[] {
  const all = [...world.cloudfront.originAccessControls.values()];
  return all.filter((control) => control.account === account);
}

function controlXml(control: LocalOriginAccessControl): XmlValue {
  return {
    Id: control.id,
    OriginAccessControlConfig: writeShape(
      { Description: '', ...control.config },
      originAccessControlConfig,
    ),
  };
}

function checkNameFree(
  name: string | undefined,
  others: readonly LocalOriginAccessControl[],
): void {
  if (others.some((control) => control.config.Name === name)) {
    throw new AwsFault(
      409,
      'OriginAccessControlAlreadyExists',
      'An origin access control with the specified parameters already exists.',
    );
  }
}

/** CreateOriginAccessControl: names are unique in the account. */
export function createOriginAccessControl(request: AwsRequest, world: World): AwsResponse {
  const account = signedAccount(request);
  const config = readControlConfig(request);
  checkControlConfig(config);
  const own = ownControls(account, world);
  checkNameFree(config.Name, own);
  if (own.length >= world.quotas.originAccessControls) {
    throw new AwsFault(
      400,
      'TooManyOriginAccessControls',
      'The number of origin access controls in your AWS account exceeds the maximum allowed.',
    );
  }
  const control = { id: world.newId('E'), account, etag: world.newId('E'), config };
  world.cloudfront.originAccessControls.set(control.id, control);
  return resourceAnswer({
    status: 201,
    name: 'OriginAccessControl',
    value: controlXml(control),
    etag: control.etag,
    location: `origin-access-control/${control.id}`,
  });
}

function findControl(request: AwsRequest, id: string, world: World): LocalOriginAccessControl {
  const control = world.cloudfront.originAccessControls.get(id);
  if (control?.account === signedAccount(request)) return control;
  throw new AwsFault(
    404,
    'NoSuchOriginAccessControl',
    'The specified origin access control does not exist.',
  );
}

/** GetOriginAccessControl. */
export function getOriginAccessControl(request: AwsRequest, id: string, world: World): AwsResponse {
  const control = findControl(request, id, world);
  return resourceAnswer({
    name: 'OriginAccessControl',
    value: controlXml(control),
    etag: control.etag,
  });
}

/** UpdateOriginAccessControl. */
export function updateOriginAccessControl(
  request: AwsRequest,
  id: string,
  world: World,
): AwsResponse {
  const control = findControl(request, id, world);
  const config = readControlConfig(request);
  checkControlConfig(config);
  checkIfMatch(request, control.etag);
  checkNameFree(
    config.Name,
    ownControls(control.account, world).filter((other) => other !== control),
  );
  control.config = config;
  control.etag = world.newId('E');
  return getOriginAccessControl(request, id, world);
}

/** True while a distribution has it, and for a while afterwards (facts 4.3). */
function isInUse(id: string, world: World): boolean {
  const { distributions, released } = world.cloudfront;
  return (
    [...distributions.values()].some(({ config }) => accessIdsOf(config).includes(id)) ||
    world.now().getTime() < (released.get(id) ?? 0)
  );
}

/** DeleteOriginAccessControl: 409 `OriginAccessControlInUse` while a distribution has it. */
export function deleteOriginAccessControl(
  request: AwsRequest,
  id: string,
  world: World,
): AwsResponse {
  const control = findControl(request, id, world);
  checkIfMatch(request, control.etag);
  if (isInUse(id, world)) {
    throw new AwsFault(
      409,
      'OriginAccessControlInUse',
      'The specified origin access control is in use by a distribution.',
    );
  }
  world.cloudfront.originAccessControls.delete(id);
  return { status: 204 };
}

/** ListOriginAccessControls. */
export function listOriginAccessControls(request: AwsRequest, world: World): AwsResponse {
  return pageAnswer({
    request,
    pageSize: world.cloudfront.pageSize,
    name: 'OriginAccessControlList',
    itemName: 'OriginAccessControlSummary',
    items: ownControls(signedAccount(request), world),
    write: ({ id, config }) => ({ Id: id, Description: '', ...config }),
  });
}

function identityXml(identity: LocalOriginAccessIdentity): XmlValue {
  return {
    Id: identity.id,
    S3CanonicalUserId: identity.s3CanonicalUserId,
    CloudFrontOriginAccessIdentityConfig: {
      CallerReference: identity.callerReference,
      Comment: identity.comment,
    },
  };
}

/** CreateCloudFrontOriginAccessIdentity: the same reference and comment give the same identity. */
export function createOriginAccessIdentity(request: AwsRequest, world: World): AwsResponse {
  const account = signedAccount(request);
  const { CallerReference: callerReference = '', Comment: comment = '' } = readShape(
    parseXml(request.body),
    originAccessIdentityConfig,
    'CloudFrontOriginAccessIdentityConfig',
  ) as CloudFrontOriginAccessIdentityConfig;
  if (comment.length > 128) throw invalid('The parameter Comment is too long.');
  const known = [...world.cloudfront.originAccessIdentities.values()].find(
    (identity) => identity.account === account && identity.callerReference === callerReference,
  );
  if (known !== undefined && known.comment !== comment) {
    throw new AwsFault(
      409,
      'CloudFrontOriginAccessIdentityAlreadyExists',
      'If the CallerReference is a value you already sent in a previous request to create an identity.',
    );
  }
  const id = known?.id ?? world.newId('E');
  const identity = known ?? {
    id,
    account,
    etag: world.newId('E'),
    s3CanonicalUserId: createHash('sha384').update(id).digest('hex'),
    callerReference,
    comment,
  };
  world.cloudfront.originAccessIdentities.set(id, identity);
  return resourceAnswer({
    status: 201,
    name: 'CloudFrontOriginAccessIdentity',
    value: identityXml(identity),
    etag: identity.etag,
    location: `origin-access-identity/cloudfront/${id}`,
  });
}

function findIdentity(request: AwsRequest, id: string, world: World): LocalOriginAccessIdentity {
  const identity = world.cloudfront.originAccessIdentities.get(id);
  if (identity?.account === signedAccount(request)) return identity;
  throw new AwsFault(
    404,
    'NoSuchCloudFrontOriginAccessIdentity',
    'The specified origin access identity does not exist.',
  );
}

/** GetCloudFrontOriginAccessIdentity. */
export function getOriginAccessIdentity(
  request: AwsRequest,
  id: string,
  world: World,
): AwsResponse {
  const identity = findIdentity(request, id, world);
  return resourceAnswer({
    name: 'CloudFrontOriginAccessIdentity',
    value: identityXml(identity),
    etag: identity.etag,
  });
}

/** DeleteCloudFrontOriginAccessIdentity: 409 `CloudFrontOriginAccessIdentityInUse` while one has it. */
export function deleteOriginAccessIdentity(
  request: AwsRequest,
  id: string,
  world: World,
): AwsResponse {
  const identity = findIdentity(request, id, world);
  checkIfMatch(request, identity.etag);
  if (isInUse(id, world)) {
    throw new AwsFault(
      409,
      'CloudFrontOriginAccessIdentityInUse',
      'The CloudFront origin access identity is still being used by one or more distributions.',
    );
  }
  world.cloudfront.originAccessIdentities.delete(id);
  return { status: 204 };
}

/** ListCloudFrontOriginAccessIdentities. */
export function listOriginAccessIdentities(request: AwsRequest, world: World): AwsResponse {
  const account = signedAccount(request);
  return pageAnswer({
    request,
    pageSize: world.cloudfront.pageSize,
    name: 'CloudFrontOriginAccessIdentityList',
    itemName: 'CloudFrontOriginAccessIdentitySummary',
    items: [...world.cloudfront.originAccessIdentities.values()].filter(
      (identity) => identity.account === account,
    ),
    write: (identity) => ({
      Id: identity.id,
      S3CanonicalUserId: identity.s3CanonicalUserId,
      Comment: identity.comment,
    }),
  });
}
