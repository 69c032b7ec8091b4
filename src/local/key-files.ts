// The key files of an output folder as they are: mode, first key, and what is wrong with each. Reads only.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { BootstrapError } from '../core/errors.ts';
import { jwkOf, type Jwk } from '../core/keys/jwks.ts';
import { readPrivateKey, readPublicKeys } from '../core/keys/public-key.ts';
import { privateFiles, publicFiles } from '../core/rotation/view.ts';
import type { FilesFacts, KeyFile } from '../core/verify/files-checks.ts';
import { readFolderOwner } from './folder-owner.ts';
import type { OutputFolder } from './output-folder.ts';

/** More than a release of OpenShift has requests. */
const mostManifests = 500;

/** What `verify` looks at in a folder; `shown` names a file as the user would. */
export function observeKeyFiles(
  folder: OutputFolder,
  shown: (relative: string) => string,
): FilesFacts {
  const files = [
    ...Object.values(privateFiles).map((file) => ({ file, isPrivate: true })),
    ...Object.values(publicFiles).map((file) => ({ file, isPrivate: false })),
  ];
  const owner = attempt(() => readFolderOwner(folder));
  return {
    root: folder.root,
    owner: owner.value,
    ownerProblem: owner.problem,
    shared: folder.sharedFolders(),
    audiences: annotations(folder, 'audience'),
    roleArns: annotations(folder, 'role-arn'),
    keys: files.flatMap(({ file, isPrivate }): readonly KeyFile[] => {
      const stat = fs.statSync(path.join(folder.root, file), { throwIfNoEntry: false });
      if (stat === undefined) return [];
      const read = attempt(() => keyIn(folder, file, isPrivate));
      const mode = stat.mode & 0o777;
      return [
        { file, shown: shown(file), isPrivate, mode, key: read.value, problem: read.problem },
      ];
    }),
  };
}

/** Values of an annotation in the ServiceAccounts of the folder, as this program writes them: one line each. */
function annotations(folder: OutputFolder, name: 'audience' | 'role-arn'): readonly string[] {
  const line = new RegExp(String.raw`^ +eks\.amazonaws\.com\/${name}: "?([^"\s]+)"?$`, 'm');
  const found = attempt(() => {
    const files = folder.list('serviceaccounts').filter((file) => file.endsWith('.yaml'));
    return files.slice(0, mostManifests).flatMap((file) => {
      return line.exec(folder.read(`serviceaccounts/${file}`) ?? '')?.[1] ?? [];
    });
  });
  return [...new Set(found.value)];
}

/** The first key of a file as it would be published; the private part stays here. */
function keyIn(folder: OutputFolder, file: string, isPrivate: boolean): Jwk | undefined {
  const text = folder.read(file);
  if (text === undefined) return undefined;
  const pem = isPrivate ? readPrivateKey(text, file).spkiPem : text;
  const [key] = readPublicKeys(pem, file);
  return key === undefined ? undefined : jwkOf(key);
}

function attempt<Value>(read: () => Value): {
  readonly value: Value | undefined;
  readonly problem: string | undefined;
} {
  try {
    return { value: read(), problem: undefined };
  } catch (error) {
    if (!(error instanceof BootstrapError)) throw error;
    return { value: undefined, problem: error.message };
  }
}
