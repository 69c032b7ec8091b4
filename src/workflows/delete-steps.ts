// The record of a teardown: what was deleted, what stays, and what went wrong. A failure does not
// stop it, but one that every further call would meet does.

import { BootstrapError, isAwsError } from '../core/errors.ts';
import type { DeleteResult } from '../core/result.ts';
import type { Spared, Thing } from '../core/thing.ts';
import type { Context } from './context.ts';

/** What became of a thing: `gone` where it was not there any more; a text where it has to wait. */
export type Fate = 'deleted' | 'gone' | { readonly waits: string };

export type Steps = {
  /** Runs `work`; true where the thing is not there afterwards. */
  readonly attempt: (thing: Thing, work: () => Promise<Fate>) => Promise<boolean>;
  /** Records what is ours and stays, since something went wrong or has to wait. */
  readonly leave: (things: readonly Thing[], reason: string) => void;
  /** The same for those of the things that are not in the record yet. */
  readonly leaveRest: (things: readonly Thing[], reason: string) => void;
  readonly result: () => DeleteResult;
  /** What went wrong, in order. */
  readonly failures: () => readonly BootstrapError[];
};

type Entry = { readonly thing: Thing; fate: 'deleted' | 'gone' | { readonly reason: string } };

/** An empty record; `kept` is what the teardown does not touch. */
export function newSteps(context: Context, kept: readonly Spared[]): Steps {
  const entries: Entry[] = [];
  const failures: BootstrapError[] = [];
  const leave: Steps['leave'] = (things, reason) => {
    for (const thing of things) entries.push({ thing, fate: { reason } });
  };
  const isRecorded = ({ resource, id }: Thing): boolean =>
    entries.some(({ thing }) => thing.resource === resource && thing.id === id);
  return {
    attempt: async (thing, work) => {
      const entry: Entry = { thing, fate: { reason: 'interrupted' } };
      entries.push(entry);
      try {
        const fate = await work();
        entry.fate = typeof fate === 'string' ? fate : { reason: fate.waits };
      } catch (error) {
        if (!(error instanceof BootstrapError)) throw error;
        entry.fate = { reason: error.message };
        if (stopsAll(error)) throw error;
        context.warn(`${thing.resource} "${thing.id}" is still there: ${error.message}`);
        failures.push(error);
      }
      return typeof entry.fate === 'string';
    },
    leave,
    leaveRest: (things, reason) => {
      leave(
        things.filter((thing) => !isRecorded(thing)),
        reason,
      );
    },
    result: () => ({
      deleted: entries.flatMap(({ thing, fate }) => (fate === 'deleted' ? [thing] : [])),
      kept,
      left: entries.flatMap(({ thing, fate }) =>
        typeof fate === 'string' ? [] : [{ ...thing, reason: fate.reason }],
      ),
    }),
    failures: () => failures,
  };
}

/** No further call would get through. */
function stopsAll(error: BootstrapError): boolean {
  return ['INTERRUPTED', 'AWS_CREDENTIALS_EXPIRED', 'AWS_CREDENTIALS_MISSING'].includes(error.code);
}

/** Deletes by `work`; what AWS says is not there any more is `gone`. */
export async function deletedOrGone(
  awsCode: string,
  work: () => Promise<unknown>,
): Promise<'deleted' | 'gone'> {
  try {
    await work();
    return 'deleted';
  } catch (error) {
    if (!isAwsError(error, awsCode)) throw error;
    return 'gone';
  }
}
