// The configuration all SDK clients share. Loaded with the SDK only, by the thin modules
// s3.ts, cloudfront.ts, iam.ts and sts.ts.

import { defaultProvider } from '@aws-sdk/credential-provider-node';
import type { Client } from '@smithy/core/client';
import type { NodeHttpHandler } from '@smithy/node-http-handler';
import { version } from '../../package.json';
import { logger, requestHandler, type AgentFor } from './request-handler.ts';
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
  readonly agentFor: AgentFor | undefined;
  /** Of the first client; undefined: this is the first one. */
  readonly handler: NodeHttpHandler | undefined;
  /** Called with each secret that the credential chain gives or sends; output shows none of them. */
  readonly onSecret: ((secret: string) => void) | undefined;
};

/** Configuration for the constructor of any client. */
export function clientConfig(settings: ClientSettings) {
  const retries = readRetrySettings(settings.env);
  const handler =
    settings.handler ??
    requestHandler({ agentFor: settings.agentFor, onSecret: settings.onSecret });
  return {
    region: settings.region,
    ...(settings.profile === undefined ? {} : { profile: settings.profile }),
    ...(settings.endpoint === undefined ? {} : { endpoint: settings.endpoint }),
    ...(settings.credentials === undefined ? {} : { credentials: settings.credentials }),
    maxAttempts: retries.maxAttempts,
    retryStrategy: retryStrategy(retries),
    customUserAgent: [['oidc-bootstrap', version] as [string, string]],
    logger,
    requestHandler: handler,
    // The chain has clients of its own (SSO, STS): they send their requests the same way.
    credentialDefaultProvider: (init: Parameters<typeof defaultProvider>[0]) => {
      const chain = defaultProvider({ ...init, clientConfig: { requestHandler: handler } });
      return async (caller?: Parameters<typeof chain>[0]) => {
        const found = await chain(caller);
        settings.onSecret?.(found.secretAccessKey);
        if (found.sessionToken !== undefined) settings.onSecret?.(found.sessionToken);
        return found;
      };
    },
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
