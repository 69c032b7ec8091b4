// Verifies a web-identity token as STS does: shape, provider, audience, key, signature, times.
// The trust policy comes after it, elsewhere. Texts are AWS's where they are known (RULES-IAM.md).

import {
  compactVerify,
  decodeJwt,
  decodeProtectedHeader,
  importJWK,
  type CryptoKey,
  type JWK,
  type JWTPayload,
} from 'jose';
import { visibleProvider } from '../iam/iam-operation.ts';
import { iamAccount, type IamOidcProvider } from '../iam/iam-state.ts';
import { fetchIssuerDocuments } from './issuer-documents.ts';
import { disturbanceOf } from './sts-state.ts';
import { AwsFault, type World } from '../wire/protocol.ts';

/** A token whose provider, audience, signature and times are good. */
export type WebIdentity = {
  readonly provider: IamOidcProvider;
  readonly issuer: string;
  readonly subject: string;
  /** `azp` where the token has one, else `aud`. */
  readonly audiences: readonly string[];
  /** `aud` where the token has an `azp` as well. */
  readonly originalAudiences: readonly string[];
  /** `amr`, where the token has it. */
  readonly methods: readonly string[];
  /** The token hands session tags over. */
  readonly tagsSession: boolean;
  readonly keyId: string;
};

const algorithms = new Set(['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512']);
const skewSeconds = 5 * 60;
const maxKeysOfType = 100;

/**
 * The identity behind a token, in the account of the role that it asks for.
 * Errors: InvalidIdentityToken 400, ExpiredTokenException 400, IDPCommunicationError 400.
 */
export async function verifyWebIdentity(request: {
  readonly token: string;
  /** Account of the role: only its providers count. */
  readonly accountId: string;
  readonly region: string;
  readonly world: World;
}): Promise<WebIdentity> {
  const { token, accountId, region, world } = request;
  const { header, claims } = decodeToken(token);
  for (const claim of ['iss', 'sub', 'aud', 'exp', 'iat'] as const) {
    if (claims[claim] === undefined) throw invalid(`Missing a required claim: ${claim}`);
  }
  const { iss: issuer, sub: subject } = claims;
  if (typeof issuer !== 'string' || typeof subject !== 'string' || subject === '') {
    throw notAJwt();
  }
  checkTimestamps(claims);
  const provider = findProvider({ issuer, accountId, world });
  const { audiences, originalAudiences } = audiencesOf(claims);
  if (!audiences.some((audience) => provider.clientIds.includes(audience))) {
    throw invalid('Incorrect token audience');
  }
  const keyId = header.kid;
  if (header.alg === undefined || !algorithms.has(header.alg) || typeof keyId !== 'string') {
    throw noKey();
  }
  const keys = await issuerKeys({ issuer, region, world });
  const key = keys.find((candidate) => candidate.kid === keyId);
  if (key === undefined) throw noKey();
  await checkSignature({ token, key, algorithm: header.alg });
  checkExpiry(claims, world.now());
  const methods = Array.isArray(claims.amr) ? claims.amr : [claims.amr];
  return {
    provider,
    issuer,
    subject,
    audiences,
    originalAudiences,
    methods: methods.filter((item): item is string => typeof item === 'string'),
    tagsSession: claims['https://aws.amazon.com/tags'] !== undefined,
    keyId,
  };
}

function decodeToken(token: string): {
  readonly header: { readonly alg?: string; readonly kid?: string };
  readonly claims: JWTPayload;
} {
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) throw notAJwt();
  try {
    return { header: decodeProtectedHeader(token), claims: decodeJwt(token) };
  } catch {
    throw notAJwt();
  }
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html: integers */
function checkTimestamps(claims: JWTPayload): void {
  for (const value of [claims.exp, claims.iat, claims.nbf]) {
    if (value !== undefined && !Number.isSafeInteger(value)) throw notAJwt();
  }
}

function findProvider(lookup: {
  readonly issuer: string;
  readonly accountId: string;
  readonly world: World;
}): IamOidcProvider {
  const { issuer, accountId, world } = lookup;
  const account = iamAccount(world.iam, accountId);
  const arn = `arn:${world.partition}:iam::${accountId}:oidc-provider/${issuer.replace(/^https:\/\//, '')}`;
  const provider = visibleProvider({ account, world }, arn);
  if (provider === undefined || provider.url !== issuer) {
    throw invalid(`No OpenIDConnect provider found in your account for ${issuer}`);
  }
  return provider;
}

function audiencesOf(claims: JWTPayload): {
  readonly audiences: readonly string[];
  readonly originalAudiences: readonly string[];
} {
  const aud = Array.isArray(claims.aud) ? claims.aud : [claims.aud ?? ''];
  if (!aud.every((item) => typeof item === 'string')) throw notAJwt();
  const { azp } = claims;
  return typeof azp === 'string'
    ? { audiences: [azp], originalAudiences: aud }
    : { audiences: aud, originalAudiences: [] };
}

function checkExpiry(claims: JWTPayload, now: Date): void {
  const seconds = Math.floor(now.getTime() / 1000);
  const expires = claims.exp ?? 0;
  if (seconds > expires + skewSeconds) {
    throw new AwsFault(
      400,
      'ExpiredTokenException',
      `Token expired: current date/time ${seconds} must be before the expiration date/time ${expires}`,
    );
  }
  if ((claims.nbf ?? 0) > seconds + skewSeconds || (claims.iat ?? 0) > seconds + skewSeconds) {
    throw invalid('Token is not valid yet');
  }
}

/** The issuer's keys: from the region's cache, else fetched and remembered. */
async function issuerKeys(lookup: {
  readonly issuer: string;
  readonly region: string;
  readonly world: World;
}): Promise<readonly JWK[]> {
  const { issuer, region, world } = lookup;
  const disturbed = disturbanceOf(world.sts, { region, now: world.now() });
  if (disturbed === 'no-key') throw noKey();
  const cacheKey = `${region} ${issuer}`;
  const cached = world.sts.jwksCache.get(cacheKey);
  const now = world.now();
  if (cached !== undefined) {
    const age = now.getTime() - cached.fetchedAt.getTime();
    if (age >= 0 && age < world.stsJwksCacheMs) return cached.keys;
  }
  const documents = await fetchIssuerDocuments(world, issuer);
  if ('problem' in documents) {
    if (!documents.unreachable) throw noKey();
    throw new AwsFault(
      400,
      'IDPCommunicationError',
      'The identity provider could not be reached to verify the incoming identity token.',
    );
  }
  const keys = documents.jwks.keys.filter(isJwk);
  const tooMany = ['RSA', 'EC'].some(
    (type) => keys.filter(({ kty }) => kty === type).length > maxKeysOfType,
  );
  if (keys.length === 0 || tooMany) throw noKey();
  world.sts.jwksCache.set(cacheKey, { keys, fetchedAt: now });
  return keys;
}

/** A key for signatures; n and e unpadded and without a leading zero octet (RFC 7518, 6.3.1). */
function isJwk(key: unknown): key is JWK {
  if (typeof key !== 'object' || key === null) return false;
  const { kid, kty, use, n, e } = key as { readonly [member: string]: unknown };
  if (typeof kid !== 'string' || (use !== undefined && use !== 'sig')) return false;
  const base64urlUInt = (value: unknown): boolean =>
    typeof value === 'string' && /^(?!A[A-P])[\w-]+$/.test(value);
  return kty === 'EC' || (kty === 'RSA' && base64urlUInt(n) && base64urlUInt(e));
}

async function checkSignature(check: {
  readonly token: string;
  readonly key: JWK;
  readonly algorithm: string;
}): Promise<void> {
  const { token, key, algorithm } = check;
  if (key.alg !== undefined && key.alg !== algorithm) throw noKey();
  let imported: CryptoKey | Uint8Array;
  try {
    imported = await importJWK({ ...key, alg: algorithm });
  } catch {
    throw noKey();
  }
  try {
    await compactVerify(token, imported, { algorithms: [algorithm] });
  } catch {
    throw invalid('Token signature invalid');
  }
}

function invalid(text: string): AwsFault {
  return new AwsFault(400, 'InvalidIdentityToken', text);
}

function notAJwt(): AwsFault {
  return invalid(
    'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)',
  );
}

function noKey(): AwsFault {
  return invalid(
    "Couldn't retrieve verification key from your identity provider, " +
      'please reference AssumeRoleWithWebIdentity documentation for requirements',
  );
}
