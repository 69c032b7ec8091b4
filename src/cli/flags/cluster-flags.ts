// `--from-cluster` and its companions: evidence that the program asks for itself, in place of files.

import type { ClusterWish } from '../../core/evidence/kubectl.ts';
import { addIssue, flagLabel, readBoolean, readList, readText, type Reading } from './flags.ts';
import { readServiceAccount } from './service-account.ts';

const companions = ['context', 'apiServer', 'tokenAccount'] as const;
const files = ['apiServerJwks', 'tokenFile'] as const;
/** Each server costs two runs of kubectl. */
const mostServers = 50;

/** The cluster to ask; undefined without `--from-cluster`, and for a step that takes no evidence. */
export function readClusterFlags(reading: Reading, step: string): ClusterWish | undefined {
  const { flags } = reading;
  const wanted = readBoolean(reading, 'fromCluster') ?? false;
  const given = (flag: string): boolean => flags[flag] !== undefined;
  const servers = (readList(reading, 'apiServer') ?? []).map((text) => readServer(reading, text));
  checkServers(reading, servers);
  const wish = {
    context: readText(reading, 'context'),
    servers,
    serviceAccount: readServiceAccount(reading, {
      flag: 'tokenAccount',
      text: readText(reading, 'tokenAccount') ?? 'default/default',
    }),
  };
  if (step === 'stage' || step === 'emergency') {
    // A job may set the variables once for all of its steps.
    for (const flag of ['fromCluster', ...companions].filter(given)) {
      if (!isAmbient(reading, flag)) addIssue(reading, { flag, message: noEvidence(step) });
    }
    return undefined;
  }
  for (const flag of files.filter((file) => wanted && given(file))) {
    const message = `does not go with ${flagLabel(flags, 'fromCluster')}: give the one or the other`;
    addIssue(reading, { flag, message });
  }
  for (const flag of companions.filter((one) => !wanted && given(one) && !isAmbient(reading, one)))
    addIssue(reading, { flag, message: 'needs --from-cluster' });
  return wanted ? wish : undefined;
}

function noEvidence(step: string): string {
  return `goes with promote, retire or rollback, or without a step: ${step} asks for no evidence`;
}

function isAmbient({ flags }: Reading, flag: string): boolean {
  const ambient = flags['fromEnvironment'];
  return Array.isArray(ambient) && ambient.includes(flag);
}

/** A URL for `kubectl --server`: the credentials of the context go there, so https only. */
function readServer(reading: Reading, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain = /^https:\/\/[^\s?#@]+$/.test(text) && url !== undefined;
  if (plain) return url.href.replace(/\/+$/, '');
  const shown = text.replace(/\/\/[^/@]*@/, '//***@');
  const message = `"${shown}" is not the URL of an API server, such as https://10.0.0.1:6443`;
  addIssue(reading, { flag: 'apiServer', message });
  return text;
}

function checkServers(reading: Reading, servers: readonly string[]): void {
  const twice = servers.find((server, index) => servers.indexOf(server) !== index);
  if (twice !== undefined) {
    const message = `"${twice}" is given twice: one token of each API server is needed`;
    addIssue(reading, { flag: 'apiServer', message });
  }
  if (servers.length > mostServers) {
    addIssue(reading, { flag: 'apiServer', message: `names more than ${mostServers} API servers` });
  }
}
