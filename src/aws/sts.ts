// The part of the SDK's STS client that the program uses, and nothing else of it:
// this module is loaded by import(), and only what is named here ends up in its bundle.

import { STSClient } from '@aws-sdk/client-sts';
import { clientConfig, prepared, type ClientSettings } from './client-config.ts';

export { AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts';

/** An STS client for the regional endpoint. */
export function createClient(settings: ClientSettings): STSClient {
  return prepared(new STSClient(clientConfig(settings)), settings);
}
