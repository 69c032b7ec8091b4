// list: every cluster that has something in the account. Reads only.

import type { ListResult } from '../../core/inventory/clusters.ts';
import { listClusters } from '../../workflows/inventory/list-clusters.ts';
import {
  finishReading,
  readLookOptions,
  readRegion,
  startReading,
  type Flags,
} from '../flags/flags.ts';
import { targetOf } from '../flags/target.ts';
import { table, type Page } from '../output/page.ts';
import type { AwsOptions, Session } from '../session/session.ts';

export type Options = AwsOptions;

/** Reads the flags; all issues at once. */
export function parse(flags: Flags): Options {
  const reading = startReading(flags);
  const options = { name: '', region: readRegion(reading), ...readLookOptions(reading) };
  finishReading(reading);
  return options;
}

/** Lists the account of the caller. */
export async function run(options: Options, session: Session): Promise<ListResult> {
  const context = await session.connect(options);
  const { account: id, region, partition } = targetOf(context, options);
  const { clusters } = await listClusters(context, { id, region, partition });
  return { clusters };
}

/** One row for each cluster, and its issuer below. */
export function describe({ clusters }: ListResult, page: Page): string {
  if (clusters.length === 0)
    return 'No cluster found: no IAM OIDC provider of this account has a tag of oidc-bootstrap or ccoctl.';
  const header = ['name', 'hosting', 'region', 'keys', 'age', 'roles', 'phase', 'made by'];
  const unknown = '?';
  const [titles = '', ...rows] = table(
    { ...page, width: Number.POSITIVE_INFINITY },
    header,
    clusters.map((cluster) => [
      cluster.name,
      cluster.hosting ?? unknown,
      cluster.region ?? '-',
      String(cluster.keyIds.length),
      cluster.keyAgeDays === null ? unknown : `${cluster.keyAgeDays}d`,
      cluster.roles === null ? unknown : String(cluster.roles),
      cluster.phase ?? unknown,
      cluster.owner,
    ]),
  );
  const lines = rows.flatMap((row, index) => [row, `      ${clusters[index]?.issuer ?? ''}`]);
  return [titles, ...lines].join('\n');
}
