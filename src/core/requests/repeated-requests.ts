// Finds conflicting requests: the same request twice, or two requests that lead to one role.

import type { CredentialsRequest } from './credentials-request.ts';
import type { InputIssue } from '../errors.ts';

/** An issue for each request whose name, or whose role's name, an earlier one has. */
export function repeatedRequests(requests: readonly CredentialsRequest[]): readonly InputIssue[] {
  const issues: InputIssue[] = [];
  const names = new Map<string, CredentialsRequest>();
  const secrets = new Map<string, CredentialsRequest>();
  for (const request of requests) {
    const place = { file: request.file, line: request.line };
    const sameName = remember(names, `${request.namespace ?? ''}/${request.name}`, request);
    if (sameName !== undefined) {
      const message = `"${request.name}" is also in ${placeOf(sameName)}`;
      issues.push({ ...place, field: 'metadata.name', message });
      continue;
    }
    // Role and manifest names join the two parts: `a-b` and `c` conflict with `a` and `b-c`.
    const { namespace, name } = request.secret;
    const sameSecret = remember(secrets, `${namespace}-${name}`, request);
    if (sameSecret !== undefined) {
      const message = `"${namespace}-${name}" is also the name of the role and manifest of "${sameSecret.name}" in ${placeOf(sameSecret)}`;
      issues.push({ ...place, field: 'spec.secretRef', message });
    }
  }
  return issues;
}

/** The request that had the key before, if any. */
function remember(
  known: Map<string, CredentialsRequest>,
  key: string,
  request: CredentialsRequest,
): CredentialsRequest | undefined {
  const earlier = known.get(key);
  if (earlier === undefined) known.set(key, request);
  return earlier;
}

function placeOf(request: CredentialsRequest): string {
  return `${request.file}:${request.line}`;
}
