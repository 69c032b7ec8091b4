// The only code that distinguishes a dry run from a real one: a change is either carried out
// and recorded, or only recorded with the requests that would make it.

import type { Aws } from '../aws/ports.ts';
import type { Change, WriteRequest } from '../core/change.ts';
import { AwsError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';

/** Codes by which AWS says that an earlier try of the same request was applied after all. */
const alreadyThere = new Set([
  'EntityAlreadyExists',
  'BucketAlreadyOwnedByYou',
  'DistributionAlreadyExists',
  'OriginAccessControlAlreadyExists',
]);

/** A request that AWS refused. */
type Failure = { readonly request: WriteRequest; readonly error: unknown };

/** A change, and the requests that make it, in order. */
export type PlannedChange = {
  readonly change: Change;
  readonly requests: readonly WriteRequest[];
  /**
   * What is recorded where only some of the requests were carried out; the change itself where not
   * given: a creation is one from its first request on, a deletion only with its last.
   */
  readonly partly?: Change;
  /** Asked when a request fails: true sends it again. For what AWS has made but does not see yet. */
  readonly retry?: (failure: Failure) => Promise<boolean>;
  /**
   * Asked when a request fails that was sent more than once: true where an earlier try, whose answer
   * was lost, did what was wanted. For conditional writes: their second try meets the first.
   */
  readonly applied?: (failure: Failure) => Promise<boolean>;
};

export type Gate = {
  readonly dryRun: boolean;
  /**
   * Carries the change out, or records it in a dry run.
   * Gives the answers of AWS in order of the requests; undefined in a dry run.
   */
  readonly perform: (planned: PlannedChange) => Promise<readonly JsonObject[] | undefined>;
  /**
   * The same for a change on this machine. `write` says whether it was made, or is too late: then
   * nothing is recorded. A dry run takes it for made.
   */
  readonly performHere: (change: Change, write: () => Promise<boolean>) => Promise<boolean>;
  /** What was really done (or would be), in the order in which it was asked for. */
  readonly changes: () => readonly Change[];
  /** The requests of a dry run, in order of use; empty otherwise. */
  readonly requests: () => readonly WriteRequest[];
};

/** A gate that carries changes out. */
export function applyGate(
  write: Aws['write'],
  onChange: (change: Change) => void = () => {},
): Gate {
  const slots: (Change | undefined)[] = [];
  return {
    dryRun: false,
    perform: async ({ change, requests, partly, retry, applied }) => {
      const slot = slots.push(undefined) - 1;
      const record = (made: Change = change): void => {
        if (slots[slot] !== undefined) return;
        slots[slot] = made;
        onChange(made);
      };
      const answers: JsonObject[] = [];
      const send = async (request: WriteRequest): Promise<JsonObject> => {
        try {
          return await write(request);
        } catch (error) {
          if (error instanceof AwsError && error.attempts > 1) {
            if (alreadyThere.has(error.awsCode)) record();
            if ((await applied?.({ request, error })) === true) return {};
          }
          if ((await retry?.({ request, error })) !== true) throw error;
          return await send(request);
        }
      };
      for (const [index, request] of requests.entries()) {
        try {
          answers.push(await send(request));
        } catch (error) {
          if (partly !== undefined && index > 0) record(partly);
          throw error;
        }
        if (partly === undefined || index === requests.length - 1) record();
      }
      return answers;
    },
    performHere: async (change, write) => {
      const slot = slots.push(undefined) - 1;
      if (!(await write())) return false;
      slots[slot] = change;
      onChange(change);
      return true;
    },
    changes: () => slots.filter((change) => change !== undefined),
    requests: () => [],
  };
}

/** A gate that writes nothing. */
export function planGate(onChange: (change: Change) => void = () => {}): Gate {
  const changes: Change[] = [];
  const requests: WriteRequest[] = [];
  return {
    dryRun: true,
    perform: async (planned) => {
      changes.push(planned.change);
      requests.push(...planned.requests);
      onChange(planned.change);
      return undefined;
    },
    performHere: async (change) => {
      changes.push(change);
      onChange(change);
      return true;
    },
    changes: () => changes,
    requests: () => requests,
  };
}
