// The end of a dry run: its files in the output folder, its plan on stdout, and on stderr what is
// not known before the real run.

import type { WriteRequest } from '../../core/change.ts';
import type { OutputFolder } from '../../local/output-folder.ts';
import { allChanges, type RunState } from '../session/run-state.ts';
import type { Page } from './page.ts';
import { placeholdersOf, planText, writeRequestFiles } from './plan.ts';

/** Leaves the request files and gives the plan; placeholders are listed on stderr. */
export function writePlan(plan: {
  readonly folder: OutputFolder;
  readonly state: RunState;
  readonly requests: readonly WriteRequest[];
  readonly page: Page;
}): string {
  const { folder, state, requests, page } = plan;
  const files = writeRequestFiles(folder, requests, state.region);
  const unknown = placeholdersOf(requests);
  if (unknown.length > 0) {
    state.line(`note: values known only after creation: ${unknown.join(', ')}`);
  }
  return planText({ changes: allChanges(state), requests: files }, page);
}
