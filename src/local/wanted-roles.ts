// The roles that a run asks for: those of a folder of CredentialsRequests, or the one of the flags,
// whose inline policy stands in a file.

import * as path from 'node:path';
import { BootstrapError } from '../core/errors.ts';
import { readPolicyFile } from '../core/requests/policy-file.ts';
import {
  flagRole,
  requestedRole,
  type FlagRole,
  type RoleRequest,
} from '../core/requests/role-request.ts';
import { readCredentialsRequests, type CredentialsRequests } from './credentials-requests.ts';
import { readTextFile } from './read-file.ts';

/** The wanted roles, and the notes about them. */
export type WantedRoles = Omit<CredentialsRequests, 'requests'> & {
  readonly requests: readonly RoleRequest[];
};

/** Reads what the flags name, seen from `cwd`. INPUT_INVALID and FILE_UNREADABLE (exit 2) come from here. */
export function readWantedRoles(
  wanted:
    | { readonly folder: string; readonly enableTechPreview: boolean }
    | (Omit<FlagRole, 'policy'> & { readonly policyFile: string | undefined }),
  where: { readonly cwd: string; readonly partition: string | undefined },
): WantedRoles {
  if ('folder' in wanted) {
    const { folder, enableTechPreview } = wanted;
    const { requests, ...others } = readCredentialsRequests(folder, {
      ...where,
      enableTechPreview,
    });
    return { requests: requests.map(requestedRole), ...others };
  }
  const { policyFile: file, ...role } = wanted;
  const policy = file === undefined ? undefined : readPolicy(file, where);
  return {
    requests: [flagRole({ ...role, policy })],
    skipped: [],
    skippedSecrets: [],
    warnings: [],
  };
}

function readPolicy(
  file: string,
  { cwd, partition }: { readonly cwd: string; readonly partition: string | undefined },
): string {
  const text = readTextFile(path.resolve(cwd, file), file);
  if (text !== undefined) return readPolicyFile(text, { file, partition });
  throw new BootstrapError({
    code: 'FILE_UNREADABLE',
    message: `policy file "${file}" does not exist`,
    hint: 'check the path given with --policy-file',
    details: { file },
  });
}
