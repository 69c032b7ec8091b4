// Mints a token as an API server would and has it checked from outside: by a relying party that
// knows nothing but the issuer URL, and by the STS of the local AWS.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { createPrivateKey } from 'node:crypto';
import { AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { createRemoteJWKSet, customFetch, decodeProtectedHeader, jwtVerify, SignJWT } from 'jose';
import { describePublicKey } from '../../src/core/keys/public-key.ts';
import type { Demo } from './main.ts';

/** The issuer of the demo's folder. */
export function issuerOf(demo: Demo): string {
  const owner = fs.readFileSync(path.join(demo.folder, 'oidc-bootstrap.json'), 'utf8');
  return (JSON.parse(owner) as { issuer: string }).issuer;
}

/** A token of the given private key file, as an API server would sign it. */
export async function mintToken(
  demo: Demo,
  token: { readonly keyFile: string; readonly subject: string; readonly audience: string },
): Promise<string> {
  const key = createPrivateKey(fs.readFileSync(path.join(demo.folder, token.keyFile), 'utf8'));
  const keyId = describePublicKey(key)?.keyId ?? '';
  const now = Math.floor(demo.clock.now().getTime() / 1000);
  return new SignJWT({})
    .setProtectedHeader({ alg: 'RS256', kid: keyId })
    .setIssuer(issuerOf(demo))
    .setSubject(token.subject)
    .setAudience(token.audience)
    .setIssuedAt(now)
    .setExpirationTime(now + 3600)
    .sign(key);
}

/** Discovery, key set and signature, through the issuer URL only. */
export async function verifyAsRelyingParty(demo: Demo): Promise<void> {
  const issuer = issuerOf(demo);
  const throughEdge = (url: string): string => {
    const { host, pathname } = new URL(url);
    return `${demo.aws.edgeUrl.replace('{host}', host)}${pathname}`;
  };
  const discovery = (await (
    await fetch(throughEdge(`${issuer}/.well-known/openid-configuration`))
  ).json()) as { issuer: string; jwks_uri: string };
  if (discovery.issuer !== issuer) throw new Error('the issuer does not name itself');
  const keys = createRemoteJWKSet(new URL(discovery.jwks_uri), {
    [customFetch]: (url, options) => fetch(throughEdge(url), options),
  });
  const token = await mintToken(demo, {
    keyFile: 'serviceaccount-signer.private',
    subject: 'system:serviceaccount:openshift-ingress-operator:ingress-operator',
    audience: 'sts.amazonaws.com',
  });
  const { payload } = await jwtVerify(token, keys, {
    issuer,
    audience: 'sts.amazonaws.com',
    currentDate: demo.clock.now(),
  });
  demo.say(`relying party:  ${issuer}`);
  demo.say(
    `                token of ${payload.sub} verified with kid ${decodeProtectedHeader(token).kid}`,
  );
}

/** AssumeRoleWithWebIdentity with the right service account, and with a wrong one. */
export async function assumeRole(demo: Demo): Promise<void> {
  const sts = new STSClient({ region: 'eu-west-1', endpoint: demo.aws.endpoint });
  const roleName = 'my-cluster-openshift-ingress-operator-cloud-credentials';
  const assume = async (serviceAccount: string): Promise<string> => {
    const token = await mintToken(demo, {
      keyFile: 'serviceaccount-signer.private',
      subject: `system:serviceaccount:openshift-ingress-operator:${serviceAccount}`,
      audience: 'openshift',
    });
    try {
      const session = await sts.send(
        new AssumeRoleWithWebIdentityCommand({
          RoleArn: `arn:aws:iam::111122223333:role/${roleName}`,
          RoleSessionName: 'demo',
          WebIdentityToken: token,
        }),
      );
      return `credentials until ${session.Credentials?.Expiration?.toISOString()}`;
    } catch (error) {
      return error instanceof Error ? `refused: ${error.name}` : 'refused';
    }
  };
  demo.say(`STS:            ingress-operator gets ${await assume('ingress-operator')}`);
  demo.say(`                somebody-else is ${await assume('somebody-else')}`);
}
