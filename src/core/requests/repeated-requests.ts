// Requests that would get in each other's way: the same request twice, or two that make one role.

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
      const message = `"${request.name}" stands in ${placeOf(sameName)} as well`;
      issues.push({ ...place, field: 'metadata.name', message });
      continue;
    }
    // Role and manifest are named by the two parts joined: `a-b` and `c` meet `a` and `b-c` there.
    const { namespace, name } = request.secret;
    const sameSecret = remember(secrets, `${namespace}-${name}`, request);
    if (sameSecret !== undefined) {
      const message = `"${namespace}-${name}" names the role and the manifest of "${sameSecret.name}" in ${placeOf(sameSecret)} as well`;
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
