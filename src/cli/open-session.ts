// Builds what a command works with: the output folder at once, AWS when it asks for it.
// Everything of this machine comes from the host, so that tests pass their own.

import type { Change } from '../core/change.ts';
import { edgeTemplate, issuerFetch } from '../local/issuer-fetch.ts';
import type { OutputFolder } from '../local/output-folder.ts';
import type { Context } from '../workflows/context.ts';
import { orEmptyAccount } from '../workflows/empty-account.ts';
import { applyGate, planGate } from '../workflows/gate.ts';
import type { Host } from './host.ts';
import { listenForInterrupt } from './interruption.ts';
import type { Progress } from './output/progress.ts';
import type { RunState } from './run-state.ts';
import type { Session } from './session.ts';

export type SessionParts = {
  readonly host: Host;
  readonly folder: OutputFolder;
  readonly progress: Progress;
  readonly state: RunState;
  /** Tells the user, and keeps it for the report. */
  readonly warn: (text: string) => void;
};

/** The session of one command. */
export function openSession(parts: SessionParts): Session {
  const { host, folder, progress, state, warn } = parts;
  const ask = async (question: string): Promise<string | undefined> => {
    progress.pause();
    return host.ask(question);
  };
  return {
    host: { ...host, ask },
    folder,
    warn,
    keepResult: (result) => {
      state.result = result;
    },
    connect: async (options) => connect(parts, options),
  };
}

type ConnectOptions = Parameters<Session['connect']>[0];

async function connect(parts: SessionParts, options: ConnectOptions): Promise<Context> {
  const { host, progress, state, warn } = parts;
  const edge = edgeTemplate(host.env.OIDC_BOOTSTRAP_EDGE_URL);
  if (edge !== undefined) {
    progress.line(`note: issuer documents are fetched from ${edge} (OIDC_BOOTSTRAP_EDGE_URL)`);
  }
  const interruption = listenForInterrupt(host, progress.line);
  const close = state.close;
  state.close = () => {
    interruption.stop();
    close();
  };

  const { connectAws } = await import('../aws/clients.ts');
  const { region, profile, endpointUrl, dryRun } = options;
  const reached = connectAws({ region, profile, endpointUrl, env: host.env });
  const { aws, getCaller } = dryRun
    ? orEmptyAccount(reached, () => {
        warn('no AWS credentials were found: this is the plan for an empty account');
      })
    : { aws: reached, getCaller: reached.sts.getCaller };
  const onChange = (change: Change): void => progress.tell({ kind: 'change', change });
  const gate = interruption.guard(dryRun ? planGate(onChange) : applyGate(aws.write, onChange));
  state.changes = gate.changes;
  state.requests = gate.requests;

  return {
    aws,
    gate,
    clock: interruption.clock,
    progress: progress.tell,
    warn,
    fetchDocument: issuerFetch(edge),
    caller: options.skipCaller === true ? undefined : await getCaller(),
    timeoutMs: options.timeoutMs,
  };
}
