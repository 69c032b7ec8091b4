// The folder of CredentialsRequests: `*.yaml` and `*.yml` at its top level, as ccoctl reads it.
// One file at a time, and every issue of all files at once.

import { isUtf8 } from 'node:buffer';
import * as fs from 'node:fs';
import * as path from 'node:path';
import {
  parseCredentialsRequest,
  type CredentialsRequest,
} from '../core/requests/credentials-request.ts';
import { BootstrapError, InputError, type InputIssue } from '../core/errors.ts';
import { repeatedRequests } from '../core/requests/repeated-requests.ts';
import type { SkippedRequest } from '../core/result.ts';
import { fieldName, readYamlDocuments } from '../core/requests/yaml-documents.ts';
import { errorCode } from './file-errors.ts';

/** What the folder holds. */
export type CredentialsRequests = {
  /** Those for AWS, in order of file names and of documents. */
  readonly requests: readonly CredentialsRequest[];
  /** `file` is relative to the folder. */
  readonly skipped: readonly SkippedRequest[];
  /** Secrets of requests that were skipped and that other flags would include. */
  readonly skippedSecrets: readonly { readonly namespace: string; readonly name: string }[];
  readonly warnings: readonly string[];
};

/** Requests of a release have a few KiB; a larger file is not one. */
const maxFileBytes = 1024 * 1024;

/** A folder full of mistakes is told apart by the first of them. */
const maxIssues = 100;

/**
 * Reads the folder, named as from `cwd`. FILE_UNREADABLE (exit 2) where the folder cannot be read;
 * otherwise INPUT_INVALID (exit 2) with file, line and field of everything that is wrong.
 */
export function readCredentialsRequests(
  folder: string,
  options: {
    readonly cwd: string;
    readonly enableTechPreview: boolean;
    /** The account's, where it is known. */
    readonly partition?: string | undefined;
  },
): CredentialsRequests {
  const root = path.resolve(options.cwd, folder);
  const shown = path.join(folder, path.sep);
  const requests: CredentialsRequest[] = [];
  const skipped: SkippedRequest[] = [];
  const skippedSecrets: CredentialsRequests['skippedSecrets'][number][] = [];
  const issues: InputIssue[] = [];
  for (const name of listManifests(root, folder)) {
    const file = `${shown}${name}`;
    const text = readManifest({ path: `${root}${path.sep}${name}`, shown: file }, issues);
    if (text === undefined) continue;
    const onIssue = (issue: Omit<InputIssue, 'file'>): void => void issues.push({ file, ...issue });
    for (const document of readYamlDocuments(text, onIssue)) {
      const parsed = parseCredentialsRequest(document.value, {
        ...options,
        textOf: document.textOf,
      });
      if (parsed.kind === 'request') {
        requests.push({ ...parsed.request, file, line: document.lineOf([]) });
      } else if (parsed.kind === 'skipped') {
        const { reason, group, secret } = parsed;
        skipped.push({ file: name, name: parsed.name, reason, group });
        if (secret !== undefined) skippedSecrets.push(secret);
      } else {
        for (const problem of parsed.problems) {
          const field = fieldName(problem.path);
          onIssue({ line: document.lineOf(problem.path), field, message: problem.message });
        }
      }
    }
  }
  issues.push(...repeatedRequests(requests));
  if (issues.length > 0) throw wrongRequests(issues);
  const warnings = requests.length === 0 ? [`"${folder}" holds no CredentialsRequest for AWS`] : [];
  return { requests, skipped, skippedSecrets, warnings };
}

function listManifests(root: string, folder: string): readonly string[] {
  try {
    return fs
      .readdirSync(root)
      .filter((name) => /\.ya?ml$/.test(name))
      .toSorted();
  } catch (error) {
    throw new BootstrapError({
      code: 'FILE_UNREADABLE',
      message: `cannot read the folder of CredentialsRequests "${folder}": ${reasonOf(error)}`,
      hint: 'give the folder that "oc adm release extract --credentials-requests" wrote with --credentials-requests-dir',
      cause: error,
    });
  }
}

/** Text of a file; undefined for a folder that is named like one, or after an issue was added. */
function readManifest(
  manifest: { path: string; shown: string },
  issues: InputIssue[],
): string | undefined {
  const problem = (message: string): undefined => {
    issues.push({ file: manifest.shown, message });
  };
  try {
    // A pipe in the folder must not block: it is opened, looked at and refused.
    const descriptor = fs.openSync(manifest.path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    try {
      const stat = fs.fstatSync(descriptor);
      if (stat.isDirectory()) return undefined;
      if (!stat.isFile()) return problem('is not a regular file');
      if (stat.size > maxFileBytes) {
        return problem(`is too large: ${stat.size} bytes, at most ${maxFileBytes} are read`);
      }
      const bytes = Buffer.allocUnsafe(stat.size);
      const read = bytes.subarray(0, fs.readSync(descriptor, bytes));
      return isUtf8(read) ? read.toString('utf8') : problem('is not UTF-8 text');
    } finally {
      fs.closeSync(descriptor);
    }
  } catch (error) {
    return problem(`cannot be read: ${errorCode(error)}`);
  }
}

function wrongRequests(issues: readonly InputIssue[]): InputError {
  const shown = issues.slice(0, maxIssues);
  const more = issues.length - shown.length;
  if (more > 0) shown.push({ message: `and ${more} more issues` });
  return new InputError(shown, 'correct these files, or remove what is not a CredentialsRequest');
}

/** Why a folder cannot be listed: the common reasons in words. */
function reasonOf(error: unknown): string {
  const code = errorCode(error);
  const words: { readonly [code: string]: string } = {
    ENOENT: 'it does not exist',
    ENOTDIR: 'it is not a folder',
    EACCES: 'permission denied',
  };
  return words[code] ?? code;
}
