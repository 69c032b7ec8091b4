// The token of `--token-file`: read before AWS is asked anything, from a file or from standard input.

import { BootstrapError } from '../../core/errors.ts';
import { readTextFile } from '../../local/read-file.ts';
import { givenPath } from './keys-at-hand.ts';

/** A token, and how messages name it. */
export type GivenToken = { readonly token: string; readonly shown: string };

/** STS takes 20,000 characters at most; what is larger is no token. */
const sizeLimit = 64 * 1024;

/** Reads it; FILE_UNREADABLE where it is not there, or too large. */
export function readGivenToken(file: string, cwd: string): GivenToken {
  const shown = file === '-' ? 'standard input' : file;
  try {
    const text = readTextFile(givenPath(file, cwd), shown, sizeLimit);
    if (text !== undefined) return { token: text.trim(), shown };
  } catch (error) {
    if (!(error instanceof BootstrapError) || error.hint === undefined) throw error;
    const { code, message, details } = error;
    throw new BootstrapError({ code, message, details, hint: tokenHint, cause: error });
  }
  throw new BootstrapError({
    code: 'FILE_UNREADABLE',
    message: `token file "${shown}" does not exist`,
    hint: tokenHint,
    details: { file: shown },
  });
}

const tokenHint =
  'give a file that holds one token and nothing else, or "-" for standard input, as from: kubectl create token <service account> --audience sts.amazonaws.com';
