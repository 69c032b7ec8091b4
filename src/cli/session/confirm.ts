// Approval of what cannot be undone: asked on a terminal, given as a flag elsewhere.
// Never taken from the environment, never assumed.

import { BootstrapError } from '../../core/errors.ts';
import { wrappedPage } from '../output/wrapped.ts';
import { visible } from './control-characters.ts';
import type { Host } from './host.ts';

const toApprove = 'give --dry-run to see the plan, --yes to approve it';

/**
 * Goes on where the user says yes. `consequence` says what will happen, before the question.
 * Without a terminal and without `--yes`: CONFIRMATION_REQUIRED. Declined: INTERRUPTED.
 */
export async function confirmYes(
  host: Host,
  approval: {
    readonly consequence: string;
    /** What it concerns, listed below. */
    readonly affected?: readonly string[];
    readonly yes: boolean;
  },
): Promise<void> {
  if (approval.yes) return;
  const { consequence, affected = [] } = approval;
  const listed = affected.length === 0 ? '' : `: ${affected.join(', ')}`;
  if (!host.canAsk()) throw required(`${consequence}${listed}`, toApprove);
  showConsequence(host, consequence, affected);
  const answer = await host.ask('Go on? [y/N] ');
  if (!/^y(?:es)?$/i.test(answer?.trim() ?? '')) throw declined();
}

/**
 * Goes on where the user types the cluster's name, or gave it as `--confirm <name>`.
 * A `--confirm` with another name is CONFIRMATION_REQUIRED, with or without a terminal.
 */
export async function confirmName(
  host: Host,
  approval: {
    readonly consequence: string;
    /** What it concerns, a line each. */
    readonly affected?: readonly string[];
    readonly name: string;
    readonly confirm: string | undefined;
  },
): Promise<void> {
  const { consequence, affected, name, confirm } = approval;
  if (confirm === name) return;
  if (confirm !== undefined) {
    throw required(
      `--confirm "${confirm}" is not the name "${name}"`,
      `give --confirm ${name} to confirm`,
    );
  }
  if (!host.canAsk()) throw required(consequence, `give --confirm ${name} to approve it`);
  await typeName(host, { consequence, affected, name });
}

/** Goes on where the user types the cluster's name, or gave `--yes`. */
export async function confirmNameOrYes(
  host: Host,
  approval: {
    readonly consequence: string;
    /** What it concerns, a line each. */
    readonly affected?: readonly string[];
    readonly name: string;
    readonly yes: boolean;
  },
): Promise<void> {
  const { consequence, affected, name, yes } = approval;
  if (yes) return;
  if (!host.canAsk()) throw required(consequence, toApprove);
  await typeName(host, { consequence, affected, name });
}

async function typeName(
  host: Host,
  approval: {
    readonly consequence: string;
    readonly affected: readonly string[] | undefined;
    readonly name: string;
  },
): Promise<void> {
  const { consequence, affected = [] } = approval;
  showConsequence(host, consequence, affected);
  const answer = await host.ask(`Type the name "${approval.name}" to continue: `);
  if (answer?.trim() !== approval.name) throw declined();
}

/** Only asked for on a terminal, so its width is that of stderr. */
function showConsequence(host: Host, consequence: string, affected: readonly string[]): void {
  const first = `confirmation required: ${visible(consequence)}${affected.length === 0 ? '' : ':'}`;
  const page = [first, ...affected.map((line) => `  ${visible(line)}`)].join('\n');
  const columns = host.stderr.isTerminal() ? host.stderr.columns() || 80 : undefined;
  host.stderr.write(`${columns === undefined ? page : wrappedPage(page, columns)}\n`);
}

function required(message: string, hint: string): BootstrapError {
  return new BootstrapError({ code: 'CONFIRMATION_REQUIRED', message, hint });
}

function declined(): BootstrapError {
  return new BootstrapError({ code: 'INTERRUPTED', message: 'declined: nothing more was changed' });
}
