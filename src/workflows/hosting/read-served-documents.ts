// Reads what an issuer serves, as STS reads it: the discovery document, then the key set that it names.

import { documentKeys } from '../../core/issuer/discovery.ts';
import { judgeDiscovery, judgeKeySet } from '../../core/issuer/served-elsewhere.ts';
import type { Jwk } from '../../core/keys/jwks.ts';
import type { Context } from '../context.ts';

/** The documents of an issuer, as far as STS uses them. */
export type ServedDocuments = { readonly jwksUri: string; readonly keys: readonly Jwk[] };

/** ISSUER_UNREACHABLE where STS cannot use them; INPUT_INVALID where they hold a private key. */
export async function readServedDocuments(
  context: Context,
  issuer: string,
): Promise<ServedDocuments> {
  context.progress({ kind: 'step', text: `reading the documents of ${issuer}` });
  const discovery = await context.fetchDocument(`${issuer}/${documentKeys.discovery}`);
  const jwksUri = judgeDiscovery(issuer, discovery);
  const answer = await context.fetchDocument(jwksUri);
  return { jwksUri, keys: judgeKeySet(issuer, { url: jwksUri, answer }) };
}
