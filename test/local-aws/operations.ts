// Names every request before it is handled: service, operation, the IAM actions it needs, the
// resource, and what it carries. Call records and denials go by this.

import { acmTarget } from './acm/acm.ts';
import { route53Target } from './route53/route53.ts';
import { cloudFrontTarget } from './cloudfront/cloudfront.ts';
import { AwsFault, type AwsRequest } from './wire/protocol.ts';
import { operationOfQuery } from './wire/query-request.ts';
import { childText, parseXml } from './wire/xml.ts';
import { s3Arn } from './s3/s3-access.ts';
import { s3Action, s3Target } from './s3/s3-actions.ts';

export type Service = 's3' | 'cloudfront' | 'iam' | 'sts' | 'acm' | 'route53';

export type Operation = {
  readonly service: Service;
  /** `s3:PutObject`, `iam:CreateRole` */
  readonly operation: string;
  readonly write: boolean;
  /** IAM actions, the main one first. */
  readonly actions: readonly string[];
  /** ARNs that an identity policy's Resource is compared with: one, but for DeleteObjects one for each key. */
  readonly resources: readonly string[];
  readonly params: { readonly [name: string]: unknown };
};

const isWrite = (operation: string): boolean =>
  !/^(?:Get|List|Head|Describe|AssumeRole)/.test(operation);

const recordedHeader =
  /^(?:if-match|if-none-match|content-type|cache-control|x-amz-(?!date$|content-sha256$|user-agent$|security-token$).*)$/;

function recorded(request: AwsRequest): { [name: string]: unknown } {
  const headers = Object.entries(request.headers).filter(([name]) => recordedHeader.test(name));
  return {
    ...Object.fromEntries(request.query),
    ...Object.fromEntries(headers),
    ...(request.body.length === 0 ? {} : { Body: request.body.toString('utf8') }),
  };
}

/** IAM actions that a request needs besides its own, for what it carries. */
function furtherS3Actions(operation: string, { body, headers }: AwsRequest): readonly string[] {
  if (operation === 'CreateBucket') return body.includes('<Tags>') ? ['s3:TagResource'] : [];
  if (operation === 'DeleteObjects') {
    return body.includes('<VersionId>') ? ['s3:DeleteObjectVersion'] : [];
  }
  if (operation !== 'PutObject') return [];
  return [
    ...(headers['x-amz-tagging'] === undefined ? [] : ['s3:PutObjectTagging']),
    ...(headers['if-match'] === undefined ? [] : ['s3:GetObject']),
  ];
}

function s3Operation(request: AwsRequest, partition: string): Operation {
  const { operation, bucket, key } = s3Target(request);
  const tagged = furtherS3Actions(operation, request);
  return {
    service: 's3',
    operation: `s3:${operation}`,
    write: isWrite(operation),
    actions: [s3Action(operation), ...tagged],
    resources:
      bucket === undefined
        ? ['*']
        : operation === 'DeleteObjects'
          ? deletedKeys(request.body).map((one) => s3Arn(partition, bucket, one))
          : [s3Arn(partition, bucket, key)],
    params: { Bucket: bucket, Key: key, ...recorded(request) },
  };
}

/** Keys of a DeleteObjects request; none of a body that is refused when it is handled. */
function deletedKeys(body: Buffer): readonly string[] {
  try {
    return parseXml(body).children.flatMap((object) => childText(object, 'Key') ?? []);
  } catch (error) {
    if (!(error instanceof AwsFault)) throw error;
    return [];
  }
}

function cloudFrontOperation(request: AwsRequest, partition: string): Operation {
  const { operation, ids } = cloudFrontTarget(request);
  const kind = operation.includes('OriginAccessControl')
    ? 'origin-access-control'
    : operation.includes('OriginAccessIdentit')
      ? 'origin-access-identity'
      : 'distribution';
  const arn = `arn:${partition}:cloudfront::${request.account ?? ''}:${kind}/${ids[0] ?? '*'}`;
  return {
    service: 'cloudfront',
    operation: `cloudfront:${operation}`,
    write: isWrite(operation),
    actions:
      operation === 'CreateDistributionWithTags'
        ? ['cloudfront:CreateDistribution', 'cloudfront:TagResource']
        : [`cloudfront:${operation}`],
    resources: [request.query.get('Resource') ?? arn],
    params: { ...(ids[0] === undefined ? {} : { Id: ids[0] }), ...recorded(request) },
  };
}

const tagActions: { readonly [operation: string]: string } = {
  'iam:CreateRole': 'iam:TagRole',
  'iam:CreateOpenIDConnectProvider': 'iam:TagOpenIDConnectProvider',
  'iam:CreatePolicy': 'iam:TagPolicy',
};

function queryOperation(request: AwsRequest): Operation {
  const { service, operation, write, resource, params } = operationOfQuery(request);
  const tagAction = params['Tags.member.1.Key'] === undefined ? undefined : tagActions[operation];
  return {
    service,
    operation,
    write,
    actions: tagAction === undefined ? [operation] : [operation, tagAction],
    resources: [resource],
    params,
  };
}

function acmOperation(request: AwsRequest, partition: string): Operation {
  const { operation, input } = acmTarget(request);
  const all = `arn:${partition}:acm:${request.region}:${request.account ?? ''}:certificate/*`;
  const tagged = operation === 'RequestCertificate' && input['Tags'] !== undefined;
  return {
    service: 'acm',
    operation: `acm:${operation}`,
    write: isWrite(operation),
    actions: [`acm:${operation}`, ...(tagged ? ['acm:AddTagsToCertificate'] : [])],
    resources: [operation === 'ListCertificates' ? '*' : String(input['CertificateArn'] ?? all)],
    params: input,
  };
}

function route53Operation(request: AwsRequest, partition: string): Operation {
  const { operation, id } = route53Target(request);
  const kind = operation === 'GetChange' ? 'change' : 'hostedzone';
  return {
    service: 'route53',
    operation: `route53:${operation}`,
    write: isWrite(operation),
    actions: [`route53:${operation}`],
    resources: [id === '' ? '*' : `arn:${partition}:route53:::${kind}/${id}`],
    params: { ...(id === '' ? {} : { Id: id }), ...recorded(request) },
  };
}

/** The operation of a request; throws the `AwsFault` of its service where there is no such one. */
export function operationOf(service: Service, request: AwsRequest, partition: string): Operation {
  if (service === 's3') return s3Operation(request, partition);
  if (service === 'cloudfront') return cloudFrontOperation(request, partition);
  if (service === 'acm') return acmOperation(request, partition);
  if (service === 'route53') return route53Operation(request, partition);
  return queryOperation(request);
}
