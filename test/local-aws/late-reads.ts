// Eventual consistency: reads of a service are answered from its state as it was some time ago. They
// miss what was created, show what was deleted, and give the values and ETags of before an update.

import { copyOf } from './copy-of.ts';
import type { Operation } from './operations.ts';
import type { World } from './wire/protocol.ts';

/** Milliseconds by which the reads of a service lag behind its writes; 0 by default. */
export type ReadLags = {
  readonly iam?: number;
  readonly cloudfront?: number;
  readonly s3?: number;
};

type LateService = keyof ReadLags;
type Past = { readonly until: number; readonly state: object };

/** Objects and lists of objects are strongly consistent; only the configuration of a bucket lags. */
const isConsistent = ({ service, operation, params }: Operation): boolean =>
  service === 's3' && (params['Key'] !== undefined || operation.startsWith('s3:List'));

export function newLateReads(
  world: World,
  lags: ReadLags = {},
): {
  /** The world that a call sees; to be asked once for each call, in order. */
  readonly worldOf: (call: Operation) => World;
} {
  const pasts = new Map<LateService, Past[]>();
  const isLate = (service: string): service is LateService =>
    lags[service as LateService] !== undefined;

  function stateOf(service: LateService): object {
    const seen = world.now().getTime() - (lags[service] ?? 0);
    const past = pasts.get(service)?.find(({ until }) => until > seen);
    return past?.state ?? world[service];
  }

  return {
    worldOf: (call) => {
      const { service } = call;
      // STS finds roles and providers as readers of IAM do.
      if (service === 'sts' && isLate('iam')) return { ...world, iam: stateOf('iam') } as World;
      if (!isLate(service) || isConsistent(call)) return world;
      if (!call.write) return { ...world, [service]: stateOf(service) };
      const past = { until: world.now().getTime(), state: copyOf(world[service]) };
      pasts.set(service, [...(pasts.get(service) ?? []), past]);
      return world;
    },
  };
}
