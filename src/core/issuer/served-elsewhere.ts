// The documents of an issuer that somebody else serves, judged as STS reads them: no redirect, the issuer
// byte for byte, a key set that the internet reaches. Each problem says what its server must be told.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html

import { BootstrapError } from '../errors.ts';
import { isJsonObject } from '../json.ts';
import { leaksPrivateKey, readableKeys, type Jwk } from '../keys/jwks.ts';
import { isUsableKey } from '../keys/published-keys.ts';
import { documentKeys } from './discovery.ts';
import type { FetchedDocument } from './fetched-document.ts';

/** The most keys of each type that IAM takes. */
const mostKeys = 100;

/** The `jwks_uri` of a discovery document that STS can use; else ISSUER_UNREACHABLE. */
export function judgeDiscovery(issuer: string, answer: FetchedDocument): string {
  const url = `${issuer}/${documentKeys.discovery}`;
  const document = parse(bodyOf(issuer, { url, answer }));
  const found = isJsonObject(document) ? document['issuer'] : undefined;
  if (!isJsonObject(document) || typeof found !== 'string') {
    throw refusal(issuer, {
      problem: `"${url}" is not a discovery document with an "issuer"`,
      hint: 'serve the discovery document of this issuer there, as JSON',
    });
  }
  if (found !== issuer) {
    throw refusal(issuer, {
      problem: `"${url}" names the issuer "${found}", and AWS compares letter by letter`,
      hint:
        `give that URL to --issuer-url if tokens have it as "iss", or correct the document; on Kubernetes every ` +
        `kube-apiserver needs --service-account-issuer=${issuer}`,
    });
  }
  const jwksUri = document['jwks_uri'];
  const problem = typeof jwksUri === 'string' ? jwksUriProblem(jwksUri) : 'is missing';
  if (typeof jwksUri === 'string' && problem === undefined) return jwksUri;
  throw refusal(issuer, {
    problem: `the "jwks_uri" of "${url}"${typeof jwksUri === 'string' ? `, "${jwksUri}",` : ''} ${problem ?? ''}`,
    hint:
      'it must be an https URL that anybody on the internet can read; on Kubernetes give every kube-apiserver ' +
      `--service-account-jwks-uri=${issuer}/${documentKeys.jwksMirror}`,
  });
}

/** The keys of a key set, at least one of which STS can use; else ISSUER_UNREACHABLE, or INPUT_INVALID for a private key in it. */
export function judgeKeySet(
  issuer: string,
  document: { readonly url: string; readonly answer: FetchedDocument },
): readonly Jwk[] {
  const { url } = document;
  const { keys } = readableKeys(bodyOf(issuer, document));
  const leaked = keys.find(leaksPrivateKey);
  if (leaked !== undefined) {
    throw new BootstrapError({
      code: 'INPUT_INVALID',
      message: `the key set "${url}" holds the private key of "${leaked.kid}": whoever read it can sign tokens`,
      hint: 'replace that key at its signer, and publish public keys alone; nothing was changed',
      details: { issuer, keyId: leaked.kid },
    });
  }
  if (!keys.some(isUsableKey)) {
    throw refusal(issuer, {
      problem: `the key set "${url}" has no key that STS can use`,
      hint: 'it needs at least one RSA key of 2048 bits or more, or an EC key (P-256, P-384, P-521), with a "kid"',
    });
  }
  for (const type of ['RSA', 'EC']) {
    const count = keys.filter(({ kty }) => kty === type).length;
    if (count <= mostKeys) continue;
    throw refusal(issuer, {
      problem: `the key set "${url}" has ${count} ${type} keys; AWS takes at most ${mostKeys}`,
      hint: 'take the keys out that sign no token any more',
    });
  }
  return keys;
}

function bodyOf(
  issuer: string,
  { url, answer }: { readonly url: string; readonly answer: FetchedDocument },
): string {
  if (!answer.ok) {
    throw refusal(issuer, {
      problem: `"${url}" cannot be read: ${answer.reason}`,
      hint:
        'STS reads it from the public internet: the host must be in public DNS, answer on port 443 within 5 s, and have a ' +
        'certificate of a public CA for its name',
    });
  }
  const { status, body, headers } = answer;
  if (status === 200) return body;
  if (status === 401 || status === 403) {
    throw refusal(issuer, {
      problem: `"${url}" answers HTTP ${status}: STS reads it without credentials`,
      hint:
        'let anybody read it; on Kubernetes: --anonymous-auth=true on every kube-apiserver, and kubectl create clusterrolebinding ' +
        'oidc-reviewer --clusterrole=system:service-account-issuer-discovery --group=system:unauthenticated',
    });
  }
  if (status >= 300 && status < 400) {
    throw refusal(issuer, {
      problem: `"${url}" redirects to "${headers['location'] ?? ''}" (HTTP ${status}), and STS follows no redirect`,
      hint: 'serve the document at that URL itself',
    });
  }
  throw refusal(issuer, {
    problem: `"${url}" answers HTTP ${status}`,
    hint: 'serve the documents of the issuer there first; then run again',
  });
}

function jwksUriProblem(jwksUri: string): string | undefined {
  if (!URL.canParse(jwksUri)) return 'is not a URL';
  const { protocol, hostname } = new URL(jwksUri);
  if (protocol !== 'https:') return 'is not an https URL';
  return isPrivateHost(hostname) ? 'is on a private address, which AWS cannot reach' : undefined;
}

/** Addresses of private networks and of this machine, and names that no public DNS server answers. */
function isPrivateHost(host: string): boolean {
  if (host.startsWith('[')) return /^\[(?:::1?\]|f[cd]|fe[89ab]|::ffff:)/.test(host);
  const octets = /^(\d+)\.(\d+)\.\d+\.\d+$/.exec(host);
  if (octets === null) {
    return (
      !host.includes('.') || /\.(?:local|internal|localhost|lan|home\.arpa|svc)\.?$/.test(host)
    );
  }
  const [first, second] = [Number(octets[1]), Number(octets[2])];
  return (
    [0, 10, 127].includes(first) ||
    (first === 100 && second >= 64 && second < 128) ||
    (first === 169 && second === 254) ||
    (first === 172 && second >= 16 && second < 32) ||
    (first === 192 && second === 168)
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refusal(
  issuer: string,
  what: { readonly problem: string; readonly hint: string },
): BootstrapError {
  return new BootstrapError({
    code: 'ISSUER_UNREACHABLE',
    message: `AWS cannot use the issuer "${issuer}": ${what.problem}`,
    hint: `${what.hint}; nothing was changed`,
    details: { issuer },
  });
}
