// What tests do to the traffic: deny actions, fail the k-th call, hold its answer.

import { AwsFault } from './wire/protocol.ts';
import type { Operation } from './operations.ts';

/** The identity policy of the caller, as far as it is looked at: allowed actions and resources. */
export type IdentityPolicy = {
  readonly Statement: readonly {
    readonly Action: readonly string[];
    readonly Resource: string | readonly string[];
  }[];
};

/** When a call fails, relative to its effect, and how its caller learns of it: `hold` never tells. */
export type Failure =
  | { readonly when: 'before' | 'after'; readonly how: 'error' | 'drop' }
  | { readonly when: 'before' | 'after'; readonly how: 'hold'; readonly held: () => void };

export type Interference = {
  /** From now on the operation or IAM action is denied, on matching resource ARNs only if given. */
  readonly deny: (operation: string, resource?: RegExp) => void;
  /** Undoes every `deny` of that name. */
  readonly allow: (operation: string) => void;
  /** From now on only what the policy allows is allowed. */
  readonly attach: (policy: IdentityPolicy) => void;
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
  let attached: IdentityPolicy | undefined;
  let outage: { readonly from: number; readonly when: Failure['when'] } | undefined;
  const isNamed = (action: string, resource: string): boolean =>
    denials.some(
      (denial) =>
        denial.name === action && (denial.resource === undefined || denial.resource.test(resource)),
    );
  // What is unsigned needs no identity policy.
  const isDenied = (action: string, resource: string): boolean =>
    isNamed(action, resource) ||
    (attached !== undefined &&
      action !== 'sts:AssumeRoleWithWebIdentity' &&
      !allows(attached, action, resource));
  return {
    isDenied,
    deny: (name, resource) => {
      denials.push({ name, resource });
    },
    attach: (policy) => {
      attached = policy;
    },
    allow: (name) => {
      const kept = denials.filter((denial) => denial.name !== name);
      denials.splice(0, denials.length, ...kept);
    },
    checkAllowed: ({ service, operation, actions, resources }, callerArn) => {
      // STS tells everybody who they are; no policy can forbid it.
      if (operation === 'sts:GetCallerIdentity') return;
      const [resource = '*'] = resources;
      // S3 judges each key by itself, and tells in its answer.
      if (operation === 's3:DeleteObjects' && !isNamed(operation, resource)) return;
      const denied = isNamed(operation, resource)
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

/** An identity policy matches actions and ARNs with `*` and `?`. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html */
function allows({ Statement }: IdentityPolicy, action: string, resource: string): boolean {
  return Statement.some(
    (one) =>
      one.Action.includes(action) &&
      [one.Resource].flat().some((pattern) => matchesPattern(pattern, resource)),
  );
}

/** Matches `*` and `?` as IAM does. */
export function matchesPattern(pattern: string, resource: string): boolean {
  const escaped = pattern.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`).test(resource);
}
