// The discovery document that a web server's folder holds already. It may be what a script left of it;
// only another issuer in it stands against a new one.

import { BootstrapError } from '../errors.ts';
import { isJsonObject, parseJson } from '../json.ts';
import type { Discovery } from './discovery.ts';

/** A document that is found; `broken` says why no verifier can read it. */
export type ServedDiscovery = { readonly broken: string } | ({ readonly text: string } & Discovery);

/** Reads it; `shown` is how messages name it. ISSUER_WOULD_CHANGE where it names another issuer. */
export function readServedDiscovery(
  text: string,
  { issuer, shown }: { readonly issuer: string; readonly shown: string },
): ServedDiscovery {
  if (text.trim() === '') return { broken: 'is empty' };
  const document = parseJson(text);
  if (document === undefined) return { broken: 'is not JSON' };
  const found = isJsonObject(document) ? document['issuer'] : undefined;
  if (!isJsonObject(document) || typeof found !== 'string') return { broken: 'names no issuer' };
  if (found !== issuer) {
    throw new BootstrapError({
      code: 'ISSUER_WOULD_CHANGE',
      message: `"${shown}" serves the issuer "${found}", not "${issuer}"`,
      hint: 'give that issuer with --issuer-url, or another --documents-dir; where nobody trusts it, move that file away; nothing was changed',
      details: { issuer: found, wantedIssuer: issuer },
    });
  }
  const jwksUri = document['jwks_uri'];
  return { text, issuer, jwksUri: typeof jwksUri === 'string' ? jwksUri : '', document };
}
