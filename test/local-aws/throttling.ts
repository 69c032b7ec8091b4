// Refuses calls above a rate, and calls in bursts, in the words of each service. Rates count in real
// time, since the SDK waits in real time.

import type { Service } from './operations.ts';
import { AwsFault } from './wire/protocol.ts';

export type Rate = { readonly perSecond: number; readonly burst: number };

export type ThrottlingOptions = {
  /** Rates by service; above one its calls are refused. */
  readonly throttle?: { readonly [service in Service]?: Rate };
  /** Of every `every` calls of a service the first `refused` are refused. */
  readonly bursts?: { readonly every: number; readonly refused: number };
};

const refusals: { readonly [service in Service]: () => AwsFault } = {
  // https://repost.aws/knowledge-center/iam-sts-throttling-error (facts 2.2)
  iam: () => new AwsFault(400, 'Throttling', 'Rate exceeded'),
  sts: () => new AwsFault(400, 'Throttling', 'Rate exceeded'),
  // https://github.com/spacecatninja/craft-imager-x/issues/19, aws/aws-sdk-js#3983
  cloudfront: () => new AwsFault(400, 'Throttling', 'Rate exceeded'),
  // https://repost.aws/knowledge-center/route-53-avoid-throttling-errors
  route53: () => new AwsFault(400, 'Throttling', 'Rate exceeded'),
  // https://github.com/ansible-collections/community.aws/issues/1380
  acm: () => new AwsFault(400, 'ThrottlingException', 'Rate exceeded'),
  // https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
  s3: () => new AwsFault(503, 'SlowDown', 'Please reduce your request rate.'),
};

/** Codes by which a service says that it is called too often. */
export const throttlingCodes: readonly string[] = Object.values(refusals).map(
  (refusal) => refusal().code,
);

/** Throws the refusal of the service where the call is over its rate, or falls into a burst. */
export function newThrottling({ throttle = {}, bursts }: ThrottlingOptions): {
  readonly check: (service: Service) => void;
} {
  const buckets = new Map(
    Object.entries(throttle).map(([service, rate]) => [service, newTokenBucket(rate)]),
  );
  const counts = new Map<Service, number>();
  const inBurst = (service: Service): boolean => {
    if (bursts === undefined) return false;
    const count = counts.get(service) ?? 0;
    counts.set(service, (count + 1) % bursts.every);
    return count < bursts.refused;
  };
  return {
    check: (service) => {
      if (inBurst(service) || buckets.get(service)?.take() === false) throw refusals[service]();
    },
  };
}

/** A token bucket in real time; `take` is false where the call is over the rate. */
function newTokenBucket(rate: Rate): { readonly take: () => boolean } {
  let tokens = rate.burst;
  let last = performance.now();
  return {
    take: () => {
      const now = performance.now();
      tokens = Math.min(rate.burst, tokens + ((now - last) / 1000) * rate.perSecond);
      last = now;
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}
