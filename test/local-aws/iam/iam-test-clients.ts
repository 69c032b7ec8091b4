// For the tests of IAM and STS: real SDK clients that speak to the handlers without a socket, a
// clock that the test moves, and an edge whose documents the test writes.

import { newAcmState } from '../acm/acm-state.ts';
import { newDnsState } from '../dns/dns-state.ts';
import { newRoute53State } from '../route53/route53-state.ts';
import { Readable } from 'node:stream';
import { IAMClient } from '@aws-sdk/client-iam';
import { STSClient } from '@aws-sdk/client-sts';
import type { CloudFrontState } from '../cloudfront/cloudfront-state.ts';
import { handleIam } from './iam.ts';
import { newIamState } from './iam-state.ts';
import {
  AwsFault,
  type AwsRequest,
  type AwsResponse,
  type Quotas,
  type World,
} from '../wire/protocol.ts';
import { escapeXml } from '../wire/query-response.ts';
import { defaultQuotas } from '../quotas.ts';
import type { S3State } from '../s3/s3-state.ts';
import { handleSts } from '../sts/sts.ts';
import { newStsState } from '../sts/sts-state.ts';

export const ownAccount = '111122223333';

/** What the SDK hands to a request handler, as far as it is used here. */
type SentRequest = {
  readonly method: string;
  readonly path: string;
  readonly headers: { readonly [name: string]: string };
  readonly body?: unknown;
};

/** A small AWS with nothing but IAM, STS and an edge. */
export type TestAws = {
  readonly world: World;
  readonly iam: IAMClient;
  readonly sts: STSClient;
  /** An STS client of another region. */
  readonly stsOf: (region: string) => STSClient;
  /** Sets what `https://<host><path>` serves; undefined takes it away. */
  readonly serve: (url: string, json: unknown) => void;
  readonly advance: (seconds: number) => void;
};

/** Builds it; the clock starts at 2026-01-01. */
export function testAws(
  options: {
    readonly iamVisibilityMs?: number;
    readonly partition?: string;
    readonly quotas?: Partial<Quotas>;
  } = {},
): TestAws {
  const partition = options.partition ?? 'aws';
  const documents = new Map<string, string>();
  let now = Date.parse('2026-01-01T00:00:00Z');
  let ids = 0;
  const world: World = {
    now: () => new Date(now),
    partition,
    s3: {} as S3State,
    cloudfront: {} as CloudFrontState,
    iam: newIamState(),
    sts: newStsState(),
    acm: newAcmState(),
    route53: newRoute53State(),
    dns: newDnsState(),
    fetchFromEdge: async (host, path) => {
      const text = documents.get(`https://${host}${path}`);
      const known = [...documents.keys()].some((url) => new URL(url).host === host);
      if (!known) throw new Error(`getaddrinfo ENOTFOUND ${host}`);
      return { status: text === undefined ? 403 : 200, headers: {}, body: Buffer.from(text ?? '') };
    },
    newId: (prefix) => `${prefix}${String((ids += 1)).padStart(13, '0')}`,
    deployMs: 0,
    iamVisibilityMs: options.iamVisibilityMs ?? 0,
    s3SettingsMs: 0,
    stsJwksCacheMs: 3_600_000,
    taggedCreateBucket: true,
    icpFiling: true,
    quotas: { ...defaultQuotas, ...options.quotas },
  };
  const config = (region: string, handle: typeof handleIam) => ({
    region,
    endpoint: 'http://127.0.0.1:1',
    credentials: { accessKeyId: 'AKIAOWNER', secretAccessKey: 'secret' },
    maxAttempts: 1,
    requestHandler: {
      handle: async (sent: SentRequest) => ({
        response: await answer({ sent, region, partition, world, handle }),
      }),
      destroy: () => undefined,
    },
  });
  const stsOf = (region: string): STSClient => new STSClient(config(region, handleSts));
  return {
    world,
    iam: new IAMClient(config('us-east-1', handleIam)),
    sts: stsOf('us-east-1'),
    stsOf,
    serve: (url, json) => {
      if (json === undefined) documents.delete(url);
      else documents.set(url, typeof json === 'string' ? json : JSON.stringify(json));
    },
    advance: (seconds) => {
      now += seconds * 1000;
    },
  };
}

async function answer(call: {
  readonly sent: SentRequest;
  readonly region: string;
  readonly partition: string;
  readonly world: World;
  readonly handle: typeof handleIam;
}): Promise<{ statusCode: number; headers: { [name: string]: string }; body: Readable }> {
  const { sent, region, partition, world, handle } = call;
  const signed = sent.headers.authorization !== undefined;
  const request: AwsRequest = {
    method: sent.method,
    path: sent.path,
    query: new URLSearchParams(),
    headers: sent.headers,
    body: Buffer.from(typeof sent.body === 'string' ? sent.body : ''),
    account: signed ? ownAccount : undefined,
    callerArn: signed ? `arn:${partition}:iam::${ownAccount}:user/admin` : undefined,
    region,
  };
  const given = await handle(request, world).catch(faultResponse);
  return {
    statusCode: given.status,
    headers: { ...given.headers },
    body: Readable.from([Buffer.from(given.body ?? '')]),
  };
}

function faultResponse(error: unknown): AwsResponse {
  if (!(error instanceof AwsFault)) throw error;
  const body =
    `<ErrorResponse><Error><Type>Sender</Type><Code>${error.code}</Code>` +
    `<Message>${escapeXml(error.message)}</Message></Error><RequestId>r</RequestId></ErrorResponse>`;
  return { status: error.status, headers: { 'content-type': 'text/xml' }, body };
}

/** Status, wire code and text of the refusal that the call must end in. */
export async function refusal(call: Promise<unknown>): Promise<readonly [number, string, string]> {
  try {
    await call;
  } catch (error) {
    const { $metadata, Code, name, message } = error as Error & {
      readonly $metadata?: { readonly httpStatusCode?: number };
      readonly Code?: string;
    };
    return [$metadata?.httpStatusCode ?? 0, Code ?? name, message];
  }
  throw new Error('AWS accepted what it should refuse');
}
