// A change to AWS as users see it in plans and reports, and the request that makes it.

import type { JsonObject } from './json.ts';

/** Resource names used in `changes`; scripts depend on them. */
export type ResourceKind =
  | 'signing-key'
  | 's3-bucket'
  | 's3-object'
  | 'cloudfront-origin-access-control'
  | 'cloudfront-origin-access-identity'
  | 'cloudfront-distribution'
  | 'cloudfront-invalidation'
  | 'acm-certificate'
  | 'route53-record'
  | 'iam-oidc-provider'
  | 'iam-role'
  | 'rotation-state'
  | 'kubernetes-secret'
  | 'document';

/** One change that was made or, in a dry run, would be made. */
export type Change = {
  readonly resource: ResourceKind;
  /** Name, key, id or ARN under which users know the resource. */
  readonly id: string;
  readonly action: 'create' | 'update' | 'delete';
  /** What differs, in a few words. */
  readonly detail: string;
};

/**
 * One writing request. `input` is the exact input of the SDK command and of
 * `aws <service> <operation> --cli-input-json`; a Body is never in it.
 */
export type WriteRequest = {
  readonly service: 's3api' | 'cloudfront' | 'iam' | 'acm' | 'route53';
  /** The AWS CLI's name of the operation: `create-bucket`. */
  readonly operation: string;
  /** Tells request files of one operation apart: a role name, for instance. */
  readonly id?: string | undefined;
  /** Of the service, where it is not the one of the command. */
  readonly region?: string | undefined;
  readonly input: JsonObject;
  /** The bytes of an object, and the file name a dry run gives them (`--body`). */
  readonly body?: { readonly text: string; readonly fileName: string } | undefined;
};
