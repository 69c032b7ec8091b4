// Connects a command to AWS: clients, the gate, the clock that Ctrl-C stops, and who calls.
// Loaded when a command asks for it; create-key-pair never does.

import * as path from 'node:path';
import { rootCertificates } from 'node:tls';
import { connectAws } from '../../aws/clients.ts';
import type { AnsweredCall } from '../../aws/sdk-clients.ts';
import type { Caller } from '../../aws/ports.ts';
import { findCaBundle } from '../../aws/shared-config.ts';
import type { Change } from '../../core/change.ts';
import { BootstrapError } from '../../core/errors.ts';
import { connections, readCaBundle } from '../../local/connections.ts';
import { edgeTemplate, issuerFetch } from '../../local/issuer-fetch.ts';
import type { Context } from '../../workflows/context.ts';
import { orEmptyAccount } from '../../workflows/empty-account.ts';
import { applyGate, planGate } from '../../workflows/gate.ts';
import { listenForInterrupt } from './interruption.ts';
import type { Session, SessionParts } from './session.ts';

type ConnectOptions = Parameters<Session['connect']>[0];

/** What workflows need. Missing credentials are an error, but for a dry run. */
export async function connect(parts: SessionParts, options: ConnectOptions): Promise<Context> {
  const { host, progress, state, warn, note } = parts;
  const edge = edgeTemplate(host.env.OIDC_BOOTSTRAP_EDGE_URL);
  if (edge !== undefined) {
    note(`the issuer's documents are fetched from ${edge} (OIDC_BOOTSTRAP_EDGE_URL)`);
  }
  const interruption = listenForInterrupt(host, progress.line);
  const close = state.close;
  state.close = () => {
    interruption.stop();
    close();
  };

  const { region, profile, endpointUrl, dryRun } = options;
  state.region = region;
  const { env } = host;
  const onCall = state.verbose
    ? ({ operation, milliseconds, outcome }: AnsweredCall): void =>
        progress.line(`${operation} ${milliseconds} ms${outcome === 'ok' ? '' : ', refused'}`)
    : undefined;
  const bundle = await findCaBundle(env, profile);
  const trusted = bundle === undefined ? undefined : [readCaBundle(path.resolve(host.cwd, bundle))];
  const reached = connectAws({
    region,
    profile,
    endpointUrl,
    env,
    onCall,
    agentFor: connections({ env, trusted, keepAlive: true }),
    onSecret: (secret) => state.secrets.add(secret),
  });
  const { aws, getCaller } = dryRun
    ? orEmptyAccount(reached, () => {
        warn('no AWS credentials were found: this is the plan for an empty account');
      })
    : { aws: reached, getCaller: reached.sts.getCaller };
  const onChange = (change: Change): void => progress.tell({ kind: 'change', change });
  const gate = interruption.guard(dryRun ? planGate(onChange) : applyGate(aws.write, onChange));
  state.changes = gate.changes;
  state.requests = gate.requests;

  // The issuer may be reached another way than AWS: Node's certificates are trusted for it too.
  const issuerAgents = connections({
    env,
    trusted: trusted && [...rootCertificates, ...trusted],
    keepAlive: false,
  });

  return {
    aws,
    gate,
    clock: interruption.clock,
    progress: progress.tell,
    warn,
    fetchDocument: issuerFetch(edge, issuerAgents),
    fetchPublic: issuerFetch(edge, issuerAgents, { publicOnly: true }),
    nameServersOf: host.nameServersOf,
    caller: await callerFor(options, getCaller),
    timeoutMs: options.timeoutMs,
  };
}

/** Who calls; undefined where nobody asks, or where credentials are optional and there are none. */
async function callerFor(
  options: ConnectOptions,
  getCaller: () => Promise<Caller | undefined>,
): Promise<Caller | undefined> {
  if (options.skipCaller === true) return undefined;
  try {
    return await getCaller();
  } catch (error) {
    const missing = error instanceof BootstrapError && error.code === 'AWS_CREDENTIALS_MISSING';
    if (missing && options.optionalCaller === true) return undefined;
    throw error;
  }
}
