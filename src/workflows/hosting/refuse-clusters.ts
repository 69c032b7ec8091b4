// A shared hosting stays while a cluster is on it: one that has documents there, or that IAM trusts.

import { BootstrapError } from '../../core/errors.ts';
import type { Target } from '../../core/target.ts';

/** NAME_TAKEN where clusters are left on the shared hosting of that name. */
export function refuseClusters({ name, region }: Target, clusters: readonly string[]): void {
  if (clusters.length === 0) return;
  throw new BootstrapError({
    code: 'NAME_TAKEN',
    message: `"${name}" is a shared hosting that still has clusters: "${clusters.join('", "')}"`,
    hint: `delete each cluster first: oidc-bootstrap delete --name <cluster> --shared-hosting ${name} --region ${region}`,
    details: { clusters },
  });
}
