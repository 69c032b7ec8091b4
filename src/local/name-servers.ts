// Asks DNS which name servers a zone has, as the resolvers of this machine see it.

import { Resolver } from 'node:dns/promises';

/** Error codes for a zone that does not exist. */
const none = new Set(['ENOTFOUND', 'ENODATA']);

/**
 * The name servers of a zone, empty where DNS has no such zone. Undefined where DNS gives no answer
 * within some seconds: a machine without network access cannot tell whether the zone exists.
 */
export async function nameServersOf(zone: string): Promise<readonly string[] | undefined> {
  const resolver = new Resolver({ timeout: 3_000, tries: 2 });
  try {
    return await resolver.resolveNs(zone);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    return none.has(code) ? [] : undefined;
  }
}
