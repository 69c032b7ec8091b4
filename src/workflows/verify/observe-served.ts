// Fetches what an issuer serves, as STS would. The key set is at a URL that a document names: nothing is
// sent to a private address for it.

import { documentKeys } from '../../core/issuer/discovery.ts';
import { namedKeySetUrl, type ServedFacts } from '../../core/verify/documents-checks.ts';
import type { Context } from '../context.ts';

/** The discovery document, and the key set that it names. */
export async function observeServed(
  context: Pick<Context, 'fetchPublic'>,
  issuer: string,
): Promise<ServedFacts> {
  const discovery = await context.fetchPublic(`${issuer}/${documentKeys.discovery}`);
  const url = namedKeySetUrl(issuer, discovery);
  const keySet = url === undefined ? undefined : { url, answer: await context.fetchPublic(url) };
  return { issuer, discovery, keySet };
}
