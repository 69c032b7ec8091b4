// Which files of an output folder hold a private key: a teardown names them and leaves them to the user.

import type { OutputFolder } from './output-folder.ts';

/** Relative to the folder; also those of a rotation that is under way. */
export function privateKeyFiles(folder: OutputFolder): readonly string[] {
  const inFolder = (place: string, pattern: RegExp): readonly string[] =>
    folder.list(place).filter((name) => pattern.test(name));
  return [
    ...inFolder('.', /^serviceaccount-signer\.(?:.+\.)?private$/),
    ...inFolder('tls', /signing-key\.key$/).map((name) => `tls/${name}`),
    ...inFolder('openshift', /signing-key\.yaml$/).map((name) => `openshift/${name}`),
  ];
}
