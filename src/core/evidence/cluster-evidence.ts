// What the API servers of a cluster showed in one run, in the form in which files would give it.

import type { GivenFile } from '../rotation/tokens.ts';
import type { ApiServerKeys } from '../rotation/view.ts';

/** Tokens are held in memory; `file` names the API server that gave them. */
export type ClusterEvidence = {
  readonly apiServers: readonly ApiServerKeys[];
  readonly tokens: readonly GivenFile[];
};
