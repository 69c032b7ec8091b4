// What rotate-keys tells people: the keys, the next gate, and the steps on the cluster.

import type { RotateKeysResult } from '../../core/rotation/status.ts';
import { heading, labelled, stepList, table, timeWithDistance, type Page } from '../output/page.ts';

/** Where the rotation stands, and what comes next. */
export function describeRotation(result: RotateKeysResult, page: Page): string {
  const keys = result.keys.map((key) => [
    key.role,
    key.keyId,
    key.published ? 'published' : 'not published',
    key.since ?? '',
    key.privateKeyFile === null ? '' : page.fileName(key.privateKeyFile),
  ]);
  return [
    labelled(page, 'issuer', result.issuer ?? 'known after the real run'),
    labelled(page, 'phase', page.style.strong(result.phase)),
    labelled(page, 'next', nextGate(page, result.next)),
    '',
    heading(page, 'Keys'),
    ...table(page, ['role', 'key ID', 'state', 'since', 'private key'], keys),
    ...(result.clusterSteps.length === 0
      ? []
      : ['', heading(page, 'Next, on the cluster'), ...stepList(page, result.clusterSteps)]),
  ].join('\n');
}

function nextGate(page: Page, { step, open, opensAt, reason }: RotateKeysResult['next']): string {
  if (open) return `${step}: ${reason}`;
  const when = opensAt === null ? 'not ready' : `opens at ${timeWithDistance(page, opensAt)}`;
  return `${step}: ${when}; ${reason}`;
}
