// The documents of an issuer that somebody else serves, judged as STS reads them: no redirect, the issuer
// byte for byte, a key set that the internet reaches. Each problem says what its server must be told.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html

import { BootstrapError } from '../errors.ts';
import { isJsonObject, parseJson } from '../json.ts';
import { leaksPrivateKey, readableKeys, type Jwk } from '../keys/jwks.ts';
import { isUsableKey } from '../keys/published-keys.ts';
import { documentKeys } from './discovery.ts';
import type { FetchedDocument } from './fetched-document.ts';
import { isPrivateHost } from './private-host.ts';

/** The most keys of each type that IAM takes. */
const mostKeys = 100;

/** A document as it was fetched. */
export type ServedDocument = { readonly url: string; readonly answer: FetchedDocument };

/** What is wrong with a document, and what its server must be told. */
export type ServedProblem = { readonly problem: string; readonly hint: string };

/** The `jwks_uri` of a discovery document that STS can use; else ISSUER_UNREACHABLE. */
export function judgeDiscovery(issuer: string, answer: FetchedDocument): string {
  const url = `${issuer}/${documentKeys.discovery}`;
  const document = parseJson(bodyOf(issuer, { url, answer }));
  const problem = namedIssuerProblem(issuer, document) ?? namedKeySetProblem(issuer, document);
  if (problem !== undefined) throw refusal(issuer, problem);
  return String(isJsonObject(document) ? document['jwks_uri'] : '');
}

/** The keys of a key set, at least one of which STS can use; else ISSUER_UNREACHABLE, or INPUT_INVALID for a private key in it. */
export function judgeKeySet(issuer: string, document: ServedDocument): readonly Jwk[] {
  const { url } = document;
  const { keys } = readableKeys(bodyOf(issuer, document));
  const leaked = leakedKeyProblem(url, keys);
  if (leaked !== undefined) {
    throw new BootstrapError({
      code: 'INPUT_INVALID',
      message: leaked.problem,
      hint: `${leaked.hint}; nothing was changed`,
      details: { issuer, keyId: leaked.keyId },
    });
  }
  const problem = keySetProblem(url, keys);
  if (problem !== undefined) throw refusal(issuer, problem);
  return keys;
}

/** Why STS cannot read an answer; undefined where it can. */
export function answerProblem({ url, answer }: ServedDocument): ServedProblem | undefined {
  if (!answer.ok && answer.tooLarge === true) {
    return {
      problem: `"${url}" cannot be read: ${answer.reason}`,
      hint: 'serve the document itself there, and nothing else',
    };
  }
  if (!answer.ok) {
    return {
      problem: `"${url}" cannot be read: ${answer.reason}`,
      hint:
        'STS reads it from the public internet: the host must be in public DNS, answer on port 443 within 5 s, and have a ' +
        'certificate of a public CA for its name',
    };
  }
  const { status, headers } = answer;
  if (status === 200) return undefined;
  if (status === 401 || status === 403) {
    return {
      problem: `"${url}" answers HTTP ${status}: STS reads it without credentials`,
      hint:
        'let anybody read it; on Kubernetes: --anonymous-auth=true on every kube-apiserver, and kubectl create clusterrolebinding ' +
        'oidc-reviewer --clusterrole=system:service-account-issuer-discovery --group=system:unauthenticated',
    };
  }
  if (status >= 300 && status < 400) {
    return {
      problem: `"${url}" redirects to "${headers['location'] ?? ''}" (HTTP ${status}), and STS follows no redirect`,
      hint: 'serve the document at that URL itself',
    };
  }
  return {
    problem: `"${url}" answers HTTP ${status}`,
    hint: 'serve the documents of the issuer there first, then run again',
  };
}

/** What is wrong with the `issuer` of a discovery document; also where it is none. */
export function namedIssuerProblem(issuer: string, document: unknown): ServedProblem | undefined {
  const url = `${issuer}/${documentKeys.discovery}`;
  const found = isJsonObject(document) ? document['issuer'] : undefined;
  if (typeof found !== 'string') {
    return {
      problem: `"${url}" is not a discovery document with an "issuer"`,
      hint: 'serve the discovery document of this issuer there, as JSON',
    };
  }
  if (found === issuer) return undefined;
  return {
    problem: `"${url}" names the issuer "${found}", and AWS compares letter by letter`,
    hint:
      `give that URL to --issuer-url if tokens have it as "iss", or correct the document; on Kubernetes every ` +
      `kube-apiserver needs --service-account-issuer=${issuer}`,
  };
}

/** What is wrong with the `jwks_uri` of a discovery document. */
export function namedKeySetProblem(issuer: string, document: unknown): ServedProblem | undefined {
  const jwksUri = isJsonObject(document) ? document['jwks_uri'] : undefined;
  const problem = typeof jwksUri === 'string' ? jwksUriProblem(jwksUri) : 'is missing';
  if (problem === undefined) return undefined;
  const named = typeof jwksUri === 'string' ? `, "${jwksUri}",` : '';
  return {
    problem: `the "jwks_uri" of "${issuer}/${documentKeys.discovery}"${named} ${problem}`,
    hint:
      'write an https URL there that anybody on the internet can read; on Kubernetes give every kube-apiserver ' +
      `--service-account-jwks-uri=${issuer}/${documentKeys.jwksMirror}`,
  };
}

/** A private key in a key set: whoever read it can sign tokens. */
export function leakedKeyProblem(
  url: string,
  keys: readonly Jwk[],
): (ServedProblem & { readonly keyId: string }) | undefined {
  const leaked = keys.find(leaksPrivateKey);
  if (leaked === undefined) return undefined;
  return {
    problem: `the key set "${url}" holds the private key of "${leaked.kid}": whoever read it can sign tokens`,
    hint: 'replace that key at its signer, and publish public keys alone',
    keyId: leaked.kid,
  };
}

/** Why STS can use no key of a key set, or not take the set at all. */
export function keySetProblem(url: string, keys: readonly Jwk[]): ServedProblem | undefined {
  if (keys.length > 2 * mostKeys) {
    return {
      problem: `the key set "${url}" has ${keys.length} keys; AWS takes at most ${mostKeys} RSA and ${mostKeys} EC keys`,
      hint: 'remove the keys that sign no token any more',
    };
  }
  if (!keys.some(isUsableKey)) {
    return {
      problem: `the key set "${url}" has no key that STS can use`,
      hint: 'serve at least one RSA key of 2048 bits or more, or an EC key (P-256, P-384, P-521), with a "kid"',
    };
  }
  for (const type of ['RSA', 'EC']) {
    const count = keys.filter(({ kty }) => kty === type).length;
    if (count <= mostKeys) continue;
    return {
      problem: `the key set "${url}" has ${count} ${type} keys; AWS takes at most ${mostKeys}`,
      hint: 'remove the keys that sign no token any more',
    };
  }
  return undefined;
}

function bodyOf(issuer: string, document: ServedDocument): string {
  const problem = answerProblem(document);
  if (problem !== undefined) throw refusal(issuer, problem);
  return document.answer.ok ? document.answer.body : '';
}

function jwksUriProblem(jwksUri: string): string | undefined {
  if (!URL.canParse(jwksUri)) return 'is not a URL';
  const { protocol, hostname } = new URL(jwksUri);
  if (protocol !== 'https:') return 'is not an https URL';
  return isPrivateHost(hostname) ? 'is on a private address, which AWS cannot reach' : undefined;
}

function refusal(issuer: string, what: ServedProblem): BootstrapError {
  return new BootstrapError({
    code: 'ISSUER_UNREACHABLE',
    message: `AWS cannot use the issuer "${issuer}": ${what.problem}`,
    hint: `${what.hint}; nothing was changed`,
    details: { issuer },
  });
}
