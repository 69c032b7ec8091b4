// An output folder belongs to one issuer: two clusters never share a signing key by accident.
// `oidc-bootstrap.json` says whose it is; it holds nothing secret and is never read as state.

import { platformNamed, type Platform } from '../core/cluster/platform.ts';
import { BootstrapError } from '../core/errors.ts';
import { isJsonObject, parseJson } from '../core/json.ts';
import { hasPlaceholder, placeholder } from '../core/placeholder.ts';
import type { OutputFolder } from './output-folder.ts';
import { shellWord } from '../core/shell-word.ts';

/** Name of the file. */
export const ownerFile = 'oidc-bootstrap.json';

/** The owner of the folder; the issuer is null until it is known. */
export type FolderOwner = {
  readonly name: string;
  readonly account: string;
  readonly region: string;
  readonly issuer: string | null;
  /** The hosting that the cluster shares with others: the flag that every command takes. */
  readonly sharedHosting?: string | undefined;
  /** Of the cluster, as --platform named it; kept where it is not given again. */
  readonly platform?: Platform | undefined;
};

/**
 * What can be said of the folder before AWS is asked: FILE_UNREADABLE where it cannot be written
 * (and is to be), FILE_EXISTS where it belongs to another name. Account and issuer are checked once
 * they are known.
 */
export function checkFolder(
  folder: OutputFolder,
  cluster: { readonly name: string; readonly region: string; readonly readOnly?: boolean },
): void {
  const { name, region, readOnly = false } = cluster;
  if (!readOnly) folder.checkWritable();
  checkFolderOwner(folder, { name, region, account: placeholder('account-id'), issuer: null });
}

/**
 * ISSUER_WOULD_CHANGE where the folder's issuer is on a shared hosting and the flag names none, or
 * another. Where it names one for the first time, the issuers are compared once they are known.
 */
export function checkFolderHosting(
  folder: OutputFolder,
  given: { readonly sharedHosting: string | undefined },
): void {
  const found = readFolderOwner(folder);
  const recorded = found?.sharedHosting;
  if (found === undefined || found.issuer === null || recorded === undefined) return;
  if (recorded === given.sharedHosting) return;
  const asked = given.sharedHosting === undefined ? '' : `, not "${given.sharedHosting}"`;
  throw new BootstrapError({
    code: 'ISSUER_WOULD_CHANGE',
    message: `the issuer "${found.issuer}" of "${found.name}" is on the shared hosting "${recorded}"${asked}`,
    hint: `give --shared-hosting ${shellWord(recorded)} in every command for this cluster, or set OIDC_BOOTSTRAP_SHARED_HOSTING`,
    details: { issuer: found.issuer, wantedIssuer: null, sharedHosting: recorded, file: ownerFile },
  });
}

/** FILE_EXISTS (exit 2) where the folder belongs to another name, account or issuer. */
export function checkFolderOwner(folder: OutputFolder, wanted: FolderOwner): void {
  const found = readFolderOwner(folder);
  if (found === undefined) return;
  const differences = (['name', 'account', 'issuer'] as const).flatMap((field) =>
    found[field] !== null && isKnown(wanted[field]) && found[field] !== wanted[field]
      ? [`${field} "${found[field]}", not "${wanted[field]}"`]
      : [],
  );
  if (differences.length === 0) return;
  throw new BootstrapError({
    code: 'FILE_EXISTS',
    message: `output folder "${folder.root}" belongs to ${differences.join(', ')}`,
    hint: 'choose another output folder for this cluster with --output-dir',
    details: { file: ownerFile, found, wanted },
  });
}

/** A dry run without credentials knows no account, and may know no issuer. */
function isKnown(value: string | null): boolean {
  return value !== null && !hasPlaceholder(value);
}

/** The owner of the folder, or undefined if it has none. */
export function readFolderOwner(folder: OutputFolder): FolderOwner | undefined {
  const text = folder.read(ownerFile);
  if (text === undefined) return undefined;
  const owner = parseJson(text);
  if (!isJsonObject(owner) || typeof owner['name'] !== 'string') {
    throw new BootstrapError({
      code: 'FILE_UNREADABLE',
      message: `"${ownerFile}" in "${folder.root}" cannot be read`,
      hint: 'use another --output-dir, or remove the file if the folder belongs to this cluster',
      details: { file: ownerFile },
    });
  }
  const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
  return {
    name: owner['name'],
    account: textOf(owner['account']),
    region: textOf(owner['region']),
    issuer: typeof owner['issuer'] === 'string' ? owner['issuer'] : null,
    sharedHosting: typeof owner['sharedHosting'] === 'string' ? owner['sharedHosting'] : undefined,
    platform: platformNamed(owner['platform']),
  };
}

/** Checks, then marks the folder; call it before the first write to AWS and once the issuer is known. */
export function claimFolder(folder: OutputFolder, wanted: FolderOwner): void {
  checkFolderOwner(folder, wanted);
  const found = readFolderOwner(folder);
  const owner = {
    schemaVersion: 1,
    ...wanted,
    issuer: wanted.issuer ?? found?.issuer ?? null,
    sharedHosting: wanted.sharedHosting ?? found?.sharedHosting,
    platform: wanted.platform ?? found?.platform,
  };
  folder.write(ownerFile, `${JSON.stringify(owner, undefined, 2)}\n`, 0o644);
}

/**
 * After the issuer of the folder was deleted: the folder stays its cluster's, and a new issuer may be
 * made in it. Another cluster still cannot use it, and its keys, by accident.
 */
export function forgetIssuer(folder: OutputFolder): void {
  const found = readFolderOwner(folder);
  if (found === undefined || found.issuer === null) return;
  const owner = { schemaVersion: 1, ...found, issuer: null };
  folder.write(ownerFile, `${JSON.stringify(owner, undefined, 2)}\n`, 0o644);
}
