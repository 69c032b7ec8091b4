// What the services of the local AWS share: a parsed request, an answer, a fault with AWS's own
// code, and the world they act on. Each service is a function (request, world) -> answer.

import type { AcmState } from '../acm/acm-state.ts';
import type { CloudFrontState } from '../cloudfront/cloudfront-state.ts';
import type { DnsState } from '../dns/dns-state.ts';
import type { Route53State } from '../route53/route53-state.ts';
import type { IamState } from '../iam/iam-state.ts';
import type { S3State } from '../s3/s3-state.ts';
import type { StsState } from '../sts/sts-state.ts';

/** A signed (or, for AssumeRoleWithWebIdentity, unsigned) request after authentication. */
export type AwsRequest = {
  readonly method: string;
  /** Decoded path, beginning with `/`. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Lower-case names. */
  readonly headers: { readonly [name: string]: string | undefined };
  readonly body: Buffer;
  /** Account of the access key; undefined for unsigned requests. */
  readonly account: string | undefined;
  readonly callerArn: string | undefined;
  /** From the credential scope. */
  readonly region: string;
  /** Whether the caller's identity policy denies an action: for what is judged while it is handled. */
  readonly isDenied?: (action: string, resource: string) => boolean;
};

export type AwsResponse = {
  readonly status: number;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: string | Buffer;
};

/** A refusal in AWS's own words; the server renders it in the protocol of the service. */
export class AwsFault extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: { readonly [name: string]: string };

  constructor(
    status: number,
    code: string,
    message: string,
    headers: { readonly [name: string]: string } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** What GET on the issuer's host gives an outsider: what STS and the program's own check see. */
export type EdgeAnswer = {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  readonly body: Buffer;
};

/** What an account may have; the defaults are AWS's own (`quotas.ts`). */
export type Quotas = {
  readonly buckets: number;
  readonly distributions: number;
  readonly originAccessControls: number;
  readonly distributionsPerControl: number;
  readonly oidcProviders: number;
  readonly clientIdsPerProvider: number;
  readonly roles: number;
  /** Characters of a trust policy, whitespace not counted. */
  readonly trustPolicySize: number;
  /** Characters of all inline policies of a role together, whitespace not counted. */
  readonly inlinePolicySize: number;
};

/** All state, the clock and the ways in which services reach each other. */
export type World = {
  readonly now: () => Date;
  readonly partition: string;
  readonly s3: S3State;
  readonly cloudfront: CloudFrontState;
  readonly iam: IamState;
  readonly sts: StsState;
  readonly acm: AcmState;
  readonly route53: Route53State;
  readonly dns: DnsState;
  readonly fetchFromEdge: (host: string, path: string) => Promise<EdgeAnswer>;
  /** Deterministic ids: `E` + thirteen characters, for instance. */
  readonly newId: (prefix: string) => string;
  readonly deployMs: number;
  readonly iamVisibilityMs: number;
  readonly s3SettingsMs: number;
  readonly stsJwksCacheMs: number;
  readonly taggedCreateBucket: boolean;
  readonly icpFiling: boolean;
  readonly quotas: Quotas;
};
