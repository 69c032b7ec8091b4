// A look at AWS that may be denied: `verify` goes on without it, and says which permission was missing.

import { BootstrapError } from '../../core/errors.ts';
import { seen, type Seen } from '../../core/verify/seen.ts';

/** The answer, or why it was denied; any other failure is thrown. */
export async function lookUnlessDenied<Value>(look: Promise<Value>): Promise<Seen<Value>> {
  try {
    return seen(await look);
  } catch (error) {
    if (!(error instanceof BootstrapError) || error.code !== 'AWS_ACCESS_DENIED') throw error;
    return { seen: false, why: error.message };
  }
}
