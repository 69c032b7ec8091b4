// Reads AWS for `verify`: a read that is denied or fails gives the reason, and the others continue.

import { BootstrapError } from '../../core/errors.ts';
import { seen, type Seen } from '../../core/seen.ts';

/** Errors that end the command: without credentials nothing can be read. */
const fatal = ['AWS_CREDENTIALS_MISSING', 'AWS_CREDENTIALS_EXPIRED', 'INTERRUPTED', 'USAGE'];

/** The answer, or why there is none. */
export async function look<Value>(read: () => Promise<Value>): Promise<Seen<Value>> {
  try {
    return seen(await read());
  } catch (error) {
    if (!(error instanceof BootstrapError) || fatal.includes(error.code)) throw error;
    return { seen: false, why: error.message };
  }
}

/** For a read that answers undefined where its permission is missing. */
export async function lookWith<Value>(
  permission: string,
  read: () => Promise<Value | undefined>,
): Promise<Seen<Value>> {
  const found = await look(read);
  if (!found.seen) return found;
  if (found.value !== undefined) return seen(found.value);
  return { seen: false, why: `access denied: "${permission}" is missing` };
}
