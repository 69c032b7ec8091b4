// What tests do to the traffic: deny actions, fail the k-th call, throttle.

import { AwsFault } from './wire/protocol.ts';
import type { Operation } from './operations.ts';

/** When a call fails, relative to its effect, and how its caller learns of it. */
export type Failure = { readonly when: 'before' | 'after'; readonly how: 'error' | 'drop' };

export type Interference = {
  /** From now on the operation or IAM action is denied, on matching resource ARNs only if given. */
  readonly deny: (operation: string, resource?: RegExp) => void;
  /** Undoes every `deny` of that name. */
  readonly allow: (operation: string) => void;
  /** Whether an action is denied on a resource. */
  readonly isDenied: (action: string, resource: string) => boolean;
  /** Throws 403 `AccessDenied` in AWS's words where the operation is denied. */
  readonly checkAllowed: (operation: Operation, callerArn: string | undefined) => void;
  /** Plans the failure of the call with that number, counted from 1 over the server's life. */
  readonly planFailure: (callNumber: number, failure: Failure) => void;
  /** The call with that number fails, and no later one gets through, until the answer is called. */
  readonly planOutage: (callNumber: number, when: Failure['when']) => () => void;
  readonly failureOf: (callNumber: number) => Failure | undefined;
};

/** Nothing denied, nothing planned. */
export function newInterference(): Interference {
  const denials: { readonly name: string; readonly resource: RegExp | undefined }[] = [];
  const failures = new Map<number, Failure>();
  let outage: { readonly from: number; readonly when: Failure['when'] } | undefined;
  const isDenied = (action: string, resource: string): boolean =>
    denials.some(
      (denial) =>
        denial.name === action && (denial.resource === undefined || denial.resource.test(resource)),
    );
  return {
    isDenied,
    deny: (name, resource) => {
      denials.push({ name, resource });
    },
    allow: (name) => {
      const kept = denials.filter((denial) => denial.name !== name);
      denials.splice(0, denials.length, ...kept);
    },
    checkAllowed: ({ service, operation, actions, resource }, callerArn) => {
      // STS tells everybody who they are; no policy can forbid it.
      if (operation === 'sts:GetCallerIdentity') return;
      const denied = isDenied(operation, resource)
        ? actions[0]
        : actions.find((action) => isDenied(action, resource));
      if (denied === undefined) return;
      const shown = service === 's3' ? `"${resource}"` : resource;
      throw new AwsFault(
        403,
        'AccessDenied',
        `User: ${callerArn ?? 'anonymous'} is not authorized to perform: ${denied} on resource: ` +
          `${shown} because no identity-based policy allows the ${denied} action`,
      );
    },
    planFailure: (callNumber, failure) => {
      failures.set(callNumber, failure);
    },
    planOutage: (from, when) => {
      outage = { from, when };
      return () => {
        outage = undefined;
      };
    },
    failureOf: (callNumber) => {
      if (outage === undefined || callNumber < outage.from) return failures.get(callNumber);
      return { when: callNumber === outage.from ? outage.when : 'before', how: 'error' };
    },
  };
}

/** A token bucket in real time; `take` is false where the call is over the rate. */
export function newTokenBucket(rate: { readonly perSecond: number; readonly burst: number }): {
  readonly take: () => boolean;
} {
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
