// The end of a dry run: its files in the output folder, its plan on stdout, and on stderr what is
// not known yet.

import type { WriteRequest } from '../../core/change.ts';
import type { OutputFolder } from '../../local/output-folder.ts';
import type { RunState } from '../session/run-state.ts';
import { placeholdersOf, planText, writeRequestFiles } from './plan.ts';
import type { Style } from './style.ts';

/** Leaves the request files and gives the plan; placeholders are listed on stderr. */
export function writePlan(plan: {
  readonly folder: OutputFolder;
  readonly state: RunState;
  readonly requests: readonly WriteRequest[];
  /** Of stdout. */
  readonly style: Style;
}): string {
  const { folder, state, requests, style } = plan;
  const files = writeRequestFiles(folder, requests, state.region);
  const unknown = placeholdersOf(requests);
  if (unknown.length > 0) {
    state.line(`note: known only after apply, to be filled in: ${unknown.join(', ')}`);
  }
  return planText({ changes: state.changes(), requests: files }, style);
}
