// A model of a cluster's API server: it signs tokens with the key that it was started with, accepts the
// tokens of its verifiers, and reads new files only at a restart.

import { createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { describePublicKey, readPublicKeys } from '../../../src/core/keys/public-key.ts';

/** The claims of a token. */
export type TokenFor = {
  readonly issuer: string;
  readonly subject: string;
  readonly audience: string;
  readonly now: Date;
  /** Seconds; 24 hours by default. */
  readonly lifetime?: number;
  /** The Kubernetes key id by default. */
  readonly kid?: string;
};

export type ApiServer = {
  /** The kid of the signing key. */
  readonly signer: () => string;
  /** The kids of the accepted keys. */
  readonly verifiers: () => readonly string[];
  /** Restarts it with the verifiers file of the folder. */
  readonly takeVerifiers: () => void;
  /** Restarts it with the signing key of the folder. */
  readonly takeSigner: () => void;
  readonly token: (claims: TokenFor) => string;
  /** What `kubectl get --raw /openid/v1/jwks` prints. */
  readonly keySet: () => string;
};

/** An API server set up from an output folder. */
export function startApiServer(folder: string): ApiServer {
  const read = (file: string): string => fs.readFileSync(path.join(folder, file), 'utf8');
  let signer: KeyObject = createPrivateKey(read('serviceaccount-signer.private'));
  let verifiers = readPublicKeys(read('serviceaccount-signer.public'), 'signer');
  return {
    signer: () => describePublicKey(signer).keyId,
    verifiers: () => verifiers.map((key) => key.keyId),
    takeVerifiers: () => {
      verifiers = readPublicKeys(read('serviceaccount-verifiers.pem'), 'verifiers');
    },
    takeSigner: () => {
      signer = createPrivateKey(read('serviceaccount-signer.private'));
    },
    token: (claims) => mintToken(signer, claims),
    keySet: () =>
      JSON.stringify({
        keys: verifiers.map((key) => ({ use: 'sig', alg: 'RS256', kid: key.keyId, ...key.jwk })),
      }),
  };
}

/** A token in the form that API servers issue. */
export function mintToken(key: KeyObject, claims: TokenFor): string {
  const iat = Math.floor(claims.now.getTime() / 1000);
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const kid = claims.kid ?? describePublicKey(createPublicKey(key)).keyId;
  const signed = `${part({ alg: 'RS256', kid })}.${part({
    iss: claims.issuer,
    sub: claims.subject,
    aud: [claims.audience],
    iat,
    nbf: iat,
    exp: iat + (claims.lifetime ?? 24 * 3600),
  })}`;
  return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), key).toString('base64url')}`;
}

const stsClients = new Map<string, STSClient>();

/** One client for all questions to an endpoint and Region: a client takes long to make. */
function stsClient(endpoint: string, region: string): STSClient {
  const id = `${endpoint} ${region}`;
  const client = stsClients.get(id) ?? new STSClient({ region, endpoint });
  stsClients.set(id, client);
  return client;
}

/** The answer of STS to a token: `accepted`, or the error code. */
export async function askSts(
  endpoint: string,
  question: { readonly token: string; readonly roleArn: string; readonly region?: string },
): Promise<string> {
  const sts = stsClient(endpoint, question.region ?? 'eu-west-1');
  try {
    await sts.send(
      new AssumeRoleWithWebIdentityCommand({
        RoleArn: question.roleArn,
        RoleSessionName: 'pod',
        WebIdentityToken: question.token,
      }),
    );
    return 'accepted';
  } catch (error) {
    return error instanceof Error ? error.name : 'unknown';
  }
}
