// The evidence of a step, asked of the cluster: the key set and a fresh token of each API server, as many
// as the cluster says that it has. A plan and `status` only read, and say which tokens would be asked for.

import { notListed, tooFewServers } from '../../core/evidence/api-servers.ts';
import type { ClusterEvidence } from '../../core/evidence/cluster-evidence.ts';
import { evidenceAsked } from '../../core/evidence/evidence-asked.ts';
import { BootstrapError } from '../../core/errors.ts';
import { readApiServerKeys, type GivenFile } from '../../core/rotation/tokens.ts';
import type { ApiServerKeys, RotationRequest } from '../../core/rotation/view.ts';
import type { Context } from '../context.ts';
import type { Observation } from '../rotation/observe-rotation.ts';
import { askEach } from './ask-each.ts';
import type { ApiServer, Cluster } from './cluster.ts';

export type Gathering = {
  readonly cluster: Cluster;
  readonly request: RotationRequest;
  readonly note: (text: string) => void;
  /** OpenShift: gives the operator the current key, and waits until every API server signs with it. */
  readonly handOver: (seen: Observation) => Promise<void>;
};

/** Asks what the step needs; undefined where it needs nothing. */
export async function gatherEvidence(
  context: Context,
  seen: Observation,
  gathering: Gathering,
): Promise<ClusterEvidence | undefined> {
  const { cluster, request, note } = gathering;
  const asked = evidenceAsked(seen.view, request);
  if (!asked.keySets && !asked.tokens && !asked.handOver) return undefined;
  context.progress({ kind: 'step', text: `Asking the API servers of ${cluster.shown}` });
  if (!(await showsEveryServer(context, gathering))) return undefined;
  if (asked.handOver) await gathering.handOver(seen);
  const readsOnly = context.gate.dryRun || request.step === 'status';
  if (asked.tokens && readsOnly) {
    const servers = cluster.servers.map(({ shown }) => shown).join(', ');
    note(`a real run asks for a fresh token of service account ${cluster.subject}: ${servers}`);
  }
  const keySet = async (server: ApiServer): Promise<ApiServerKeys> =>
    readKeySet(server, await cluster.keySet(server), note);
  return {
    apiServers: asked.keySets ? await askEach(cluster.servers, keySet) : [],
    tokens: asked.tokens && !readsOnly ? await freshTokens(cluster) : [],
  };
}

/** A token of each API server, under a name that messages can show. */
export async function freshTokens(cluster: Cluster): Promise<readonly GivenFile[]> {
  return askEach(cluster.servers, async (server) => ({
    file: `token of ${server.label}`,
    text: await cluster.token(server),
  }));
}

/** GATE_CLOSED where the cluster has more API servers than are asked; false, with a warning, for `status`. */
async function showsEveryServer(
  context: Context,
  { cluster, request, note }: Gathering,
): Promise<boolean> {
  const given = cluster.servers.flatMap(({ url }) => url ?? []);
  // Asked of each: a URL of another cluster makes the list longer, and then too few are given.
  const lists = await askEach(cluster.servers, (server) => cluster.listServers(server));
  const listed = [...new Set(lists.flat())].toSorted();
  const short = tooFewServers(given, listed);
  if (short !== undefined && request.step === 'status') {
    context.warn(`the cluster was not asked for evidence: ${short.reason}; ${short.hint}`);
    return false;
  }
  if (short !== undefined) {
    throw new BootstrapError({
      code: 'GATE_CLOSED',
      message: `no evidence is taken from the cluster: ${short.reason}`,
      hint: short.hint,
      details: { step: request.step, opensAt: null, reason: short.reason, apiServers: listed },
    });
  }
  const elsewhere = notListed(given, listed);
  if (elsewhere.length > 0) {
    note(
      `${elsewhere.join(', ')}: not an address that the cluster lists (${listed.join(', ')}); make sure that each URL leads to another API server`,
    );
  }
  return true;
}

function readKeySet(server: ApiServer, text: string, note: (text: string) => void): ApiServerKeys {
  const [keys] = readApiServerKeys([{ file: server.label, text }], note, {
    hint: 'check that --context and --api-server name API servers of this cluster',
  });
  return keys ?? { file: server.label, keys: [] };
}
