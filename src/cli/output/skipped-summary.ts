// Skipped CredentialsRequests, counted: a release has dozens of them for other clouds.

import type { SkippedRequest } from '../../core/result.ts';

/** `24 CredentialsRequests skipped: 8 GCP, 5 Azure, 1 tech preview`, the largest group first. */
export function skippedSummary(skipped: readonly SkippedRequest[]): string {
  const counts = new Map<string, number>();
  for (const { group } of skipped) counts.set(group, (counts.get(group) ?? 0) + 1);
  const groups = [...counts]
    .toSorted(([, a], [, b]) => b - a)
    .map(([group, count]) => `${count} ${group}`);
  const noun = skipped.length === 1 ? 'CredentialsRequest' : 'CredentialsRequests';
  return `${skipped.length} ${noun} skipped: ${groups.join(', ')}`;
}
