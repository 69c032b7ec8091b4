// One SDK client per service (and region) and process, built when it is first asked for, from a thin
// module loaded by import(): a command that needs only IAM loads only IAM. Credentials are
// resolved once for all of them.

import type { ACMClient } from '@aws-sdk/client-acm';
import type { IAMClient } from '@aws-sdk/client-iam';
import type { CloudFrontClient } from '@aws-sdk/client-cloudfront';
import type { Route53Client } from '@aws-sdk/client-route-53';
import type { S3Client } from '@aws-sdk/client-s3';
import type { STSClient } from '@aws-sdk/client-sts';
import { BootstrapError } from '../core/errors.ts';
import { partitionOfRegion } from '../core/partition.ts';
import type { ClientSettings, StaticCredentials } from './client-config.ts';
import type { AgentFor } from './request-handler.ts';
import type { ServerClock } from './server-time.ts';
import { requireProfile, type Env } from './shared-config.ts';

/** How to reach AWS. */
export type AwsSettings = {
  readonly region: string;
  /** `--profile`; else AWS_PROFILE. */
  readonly profile: string | undefined;
  /** `--endpoint-url`, for every service; else AWS_ENDPOINT_URL_<SERVICE> and AWS_ENDPOINT_URL. */
  readonly endpointUrl: string | undefined;
  readonly env: Env;
  /** Called for every call once it is answered, retries of the SDK included (`--verbose`). */
  readonly onCall?: ((call: AnsweredCall) => void) | undefined;
  /** The agent for a URL (proxies, certificates); absent: the SDK's own. */
  readonly agentFor?: AgentFor;
  /** Called with each secret that the credential chain gives or sends; output shows none of them. */
  readonly onSecret?: (secret: string) => void;
};

/** One call to AWS: `s3:PutObject`, how long it took, and how it ended; all pages of a list are one. */
export type AnsweredCall = {
  readonly operation: string;
  readonly milliseconds: number;
  readonly outcome: 'ok' | 'failed';
};

/** A client and the module with the commands it takes. */
type Service<Client, Module> = { readonly client: Client; readonly sdk: Module };
export type S3Service = Service<S3Client, typeof import('./s3.ts')>;
export type S3ControlService = Service<S3Client, typeof import('./s3-control.ts')>;
export type CloudFrontService = Service<CloudFrontClient, typeof import('./cloudfront.ts')>;
export type IamService = Service<IAMClient, typeof import('./iam.ts')>;
export type AcmService = Service<ACMClient, typeof import('./acm.ts')>;
export type Route53Service = Service<Route53Client, typeof import('./route53.ts')>;
export type StsService = Service<STSClient, typeof import('./sts.ts')>;

export type Clients = {
  readonly s3: (region: string) => Promise<S3Service>;
  readonly s3Control: (region: string) => Promise<S3ControlService>;
  readonly cloudfront: () => Promise<CloudFrontService>;
  readonly iam: () => Promise<IamService>;
  /** CloudFront takes certificates of its own region alone. */
  readonly acm: (region: string) => Promise<AcmService>;
  readonly route53: () => Promise<Route53Service>;
  readonly sts: (region: string) => Promise<StsService>;
  readonly serverTime: () => Date | undefined;
};

/** Region of the CloudFront API for a region, or INPUT_INVALID where its partition has none. */
export function cloudfrontRegion(region: string): string {
  const partition = partitionOfRegion(region);
  if (partition?.cloudfrontRegion !== undefined) return partition.cloudfrontRegion;
  throw new BootstrapError({
    code: 'INPUT_INVALID',
    message: partition?.cloudfrontProblem ?? `no CloudFront is known for region "${region}"`,
    hint: '--public-s3-bucket hosts an issuer without CloudFront',
  });
}

/** The profile that is used: keys in the environment beat AWS_PROFILE, as in the AWS CLI. */
export function profileInUse(settings: AwsSettings): string | undefined {
  if (settings.profile !== undefined) return settings.profile;
  return keysFromEnv(settings.env) === undefined
    ? settings.env['AWS_PROFILE'] || undefined
    : undefined;
}

/** Nothing is loaded or read before the first client is asked for. */
export function openClients(settings: AwsSettings): Clients {
  const clock: ServerClock = { latest: undefined };
  const profile = profileInUse(settings);
  const keys = settings.profile === undefined ? keysFromEnv(settings.env) : undefined;
  let shared: ClientSettings['credentials'] = keys;
  let handler: ClientSettings['handler'];
  const open = new Map<string, Promise<unknown>>();

  const service = <
    Client extends {
      readonly config: {
        readonly credentials: () => Promise<StaticCredentials>;
        readonly requestHandler: unknown;
      };
    },
    Module extends { readonly createClient: (settings: ClientSettings) => Client },
  >(
    name: string,
    region: string,
    load: () => Promise<Module>,
  ): Promise<Service<ReturnType<Module['createClient']>, Module>> => {
    const id = `${name}/${region}`;
    const build = async () => {
      const sdk = await load();
      if (profile !== undefined) await requireProfile(settings.env, profile);
      // On Node 20 the SDK announces, on stderr, what its releases of 2027 will need.
      process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
      const client = sdk.createClient({
        region,
        profile,
        endpoint: settings.endpointUrl ?? endpointFromEnv(settings.env, name),
        credentials: shared,
        env: settings.env,
        clock,
        agentFor: settings.agentFor,
        handler,
        onSecret: settings.onSecret,
      });
      // A profile may run a program, ask SSO or assume a role: once is enough.
      shared ??= client.config.credentials;
      handler ??= client.config.requestHandler as ClientSettings['handler'];
      return { client, sdk };
    };
    const known = open.get(id) ?? build();
    open.set(id, known);
    return known as Promise<Service<ReturnType<Module['createClient']>, Module>>;
  };

  return {
    s3: (region) => service('S3', region, () => import('./s3.ts')),
    s3Control: (region) => service('S3_CONTROL', region, () => import('./s3-control.ts')),
    cloudfront: async () =>
      service('CLOUDFRONT', cloudfrontRegion(settings.region), () => import('./cloudfront.ts')),
    iam: () => service('IAM', settings.region, () => import('./iam.ts')),
    acm: (region) => service('ACM', region, () => import('./acm.ts')),
    route53: () => service('ROUTE_53', settings.region, () => import('./route53.ts')),
    sts: (region) => service('STS', region, () => import('./sts.ts')),
    serverTime: () => clock.latest,
  };
}

function keysFromEnv(env: Env): StaticCredentials | undefined {
  const accessKeyId = env['AWS_ACCESS_KEY_ID'];
  const secretAccessKey = env['AWS_SECRET_ACCESS_KEY'];
  const sessionToken = env['AWS_SESSION_TOKEN'];
  if (!accessKeyId || !secretAccessKey) return undefined;
  return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
}

/** https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html */
function endpointFromEnv(env: Env, service: string): string | undefined {
  if (env['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS']?.toLowerCase() === 'true') return undefined;
  return env[`AWS_ENDPOINT_URL_${service}`] || env['AWS_ENDPOINT_URL'] || undefined;
}
