// The configuration all SDK clients share. Loaded with the SDK only, by the thin modules
// s3.ts, cloudfront.ts, iam.ts and sts.ts.

import type { Client } from '@smithy/core/client';
import { version } from '../../package.json';
import { readRetrySettings, retryStrategy } from './retry.ts';
import { noteServerTime, type ServerClock } from './server-time.ts';

/** Keys from the environment, in the SDK's shape. */
export type StaticCredentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
};

/** What one client is built from. */
export type ClientSettings = {
  readonly region: string;
  readonly profile: string | undefined;
  /** Undefined: the SDK's own rules. */
  readonly endpoint: string | undefined;
  /** Undefined: the SDK's default chain. A provider is shared, so that it runs once. */
  readonly credentials: StaticCredentials | (() => Promise<StaticCredentials>) | undefined;
  readonly env: { readonly [name: string]: string | undefined };
  readonly clock: ServerClock;
};

const silent = (): void => {};

/** The SDK writes warnings on the console unless it is given somewhere else. */
const logger = { trace: silent, debug: silent, info: silent, warn: silent, error: silent };

/** Configuration for the constructor of any client. */
export function clientConfig(settings: ClientSettings) {
  const retries = readRetrySettings(settings.env);
  return {
    region: settings.region,
    ...(settings.profile === undefined ? {} : { profile: settings.profile }),
    ...(settings.endpoint === undefined ? {} : { endpoint: settings.endpoint }),
    ...(settings.credentials === undefined ? {} : { credentials: settings.credentials }),
    maxAttempts: retries.maxAttempts,
    retryStrategy: retryStrategy(retries),
    customUserAgent: [['oidc-bootstrap', version] as [string, string]],
    logger,
    // Without these a connection that never opens, or falls silent, is waited for minutes long.
    requestHandler: { connectionTimeout: 10_000, socketTimeout: 60_000, logger },
  };
}

/** Finishes a new client. */
// oxlint-disable-next-line typescript/no-explicit-any -- the one client type all services share
export function prepared<C extends Client<any, any, any, any>>(
  client: C,
  settings: ClientSettings,
): C {
  noteServerTime(client, settings.clock);
  return client;
}
