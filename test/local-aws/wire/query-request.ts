// Reads requests of the AWS query protocol (IAM, STS): a form body, or a query string, with flattened
// member names. Also names the operation of a request for call records, denials and faults.
// https://smithy.io/2.0/aws/protocols/aws-query-protocol.html

import type { AwsRequest } from './protocol.ts';

/** Decoded parameters by wire name, for instance `Tags.member.1.Key`. */
export type QueryParams = { readonly [name: string]: string };

/** What the server needs to know of a query-protocol request before it is handled. */
export type QueryOperation = {
  readonly service: 'iam' | 'sts';
  /** `iam:CreateRole`, `sts:GetCallerIdentity`, ... */
  readonly operation: string;
  /** Whether the operation changes AWS: what a second run must not do. */
  readonly write: boolean;
  /** False for AssumeRoleWithWebIdentity, which carries no signature. */
  readonly signed: boolean;
  /** ARN (or `*`) that an identity policy's Resource is compared with. */
  readonly resource: string;
  readonly params: QueryParams;
};

const stsVersion = '2011-06-15';

/** All parameters of the request; a name given twice keeps its last value. */
export function readParams(request: AwsRequest): QueryParams {
  const params: { [name: string]: string } = Object.create(null);
  for (const [name, value] of request.query) params[name] = value;
  for (const [name, value] of new URLSearchParams(request.body.toString('utf8'))) {
    params[name] = value;
  }
  return params;
}

/** The members of a list parameter; undefined where it is absent, `[]` where it was sent empty. */
export function readList(params: QueryParams, name: string): readonly string[] | undefined {
  const items: string[] = [];
  for (let index = 1; ; index += 1) {
    const item = params[`${name}.member.${index}`];
    if (item === undefined) break;
    items.push(item);
  }
  if (items.length > 0) return items;
  return params[name] === undefined ? undefined : [];
}

/** A tag as it came: the value is missing where the request left it out. */
export type SentTag = { readonly key: string | undefined; readonly value: string | undefined };

/** The tags of a request, undefined where it has none; an empty list is `[]`. */
export function readTags(params: QueryParams): readonly SentTag[] | undefined {
  const tags: SentTag[] = [];
  for (let index = 1; ; index += 1) {
    const key = params[`Tags.member.${index}.Key`];
    const value = params[`Tags.member.${index}.Value`];
    if (key === undefined && value === undefined) break;
    tags.push({ key, value });
  }
  if (tags.length > 0) return tags;
  return params.Tags === undefined ? undefined : [];
}

/**
 * Service, operation and resource of a query-protocol request. The service is told by the API
 * version, since unsigned requests have no credential scope.
 */
export function operationOfQuery(request: AwsRequest): QueryOperation {
  const params = readParams(request);
  const action = params.Action ?? '';
  const service = params.Version === stsVersion ? 'sts' : 'iam';
  return {
    service,
    operation: `${service}:${action}`,
    write: service === 'iam' && !/^(?:Get|List)/.test(action),
    signed: action !== 'AssumeRoleWithWebIdentity',
    resource: resourceOf(request, params),
    params,
  };
}

/** Where a request names no single thing, IAM lists name the kind, all others `*`. */
function resourceOf(request: AwsRequest, params: QueryParams): string {
  const partition = request.callerArn?.split(':')[1] ?? 'aws';
  const iam = `arn:${partition}:iam::${request.account ?? ''}:`;
  if (params.OpenIDConnectProviderArn !== undefined) return params.OpenIDConnectProviderArn;
  if (params.RoleArn !== undefined) return params.RoleArn;
  if (params.Action === 'RemoveRoleFromInstanceProfile') {
    return `${iam}instance-profile/${params.InstanceProfileName}`;
  }
  if (params.RoleName !== undefined) return `${iam}role${params.Path ?? '/'}${params.RoleName}`;
  if (params.PolicyArn !== undefined) return params.PolicyArn;
  if (params.PolicyName !== undefined) {
    return `${iam}policy${params.Path ?? '/'}${params.PolicyName}`;
  }
  if (params.Url !== undefined) {
    return `${iam}oidc-provider/${params.Url.replace(/^https:\/\//, '')}`;
  }
  if (params.Action === 'ListRoles') return `${iam}role${params.PathPrefix ?? '/'}`;
  if (params.Action === 'ListOpenIDConnectProviders') return `${iam}oidc-provider/*`;
  return '*';
}
