// Progress on stderr while a command works: a spinner on a terminal; elsewhere a line for each
// change, and during long waits one about every 30 seconds, so that no pipeline takes us for dead.

import type { ProgressEvent } from '../../workflows/context.ts';
import type { Host } from '../session/host.ts';
import { changeLine } from './change-line.ts';
import { oneLine, visible } from './control-characters.ts';
import type { Spinner } from './spinner.ts';
import { inCi, type Style } from './style.ts';

const heartbeatMs = 30_000;

export type Progress = {
  readonly tell: (event: ProgressEvent) => void;
  /** Writes one line to stderr, beside the spinner. `--quiet` does not silence it. */
  readonly line: (text: string) => void;
  /** Takes the spinner away until the next event, for a prompt. */
  readonly pause: () => void;
  /** Takes the spinner away for good. */
  readonly stop: () => void;
};

export type ProgressOptions = {
  readonly host: Host;
  readonly style: Style;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** Changes are not told while they are only planned. */
  readonly dryRun: boolean;
};

/** Opens progress; nothing is shown before the first event. */
export function openProgress(options: ProgressOptions): Progress {
  const { host, style } = options;
  const spinner = openSpinner(host, options.quiet);
  const line = (text: string): void => {
    spinner.hide();
    host.stderr.write(`${oneLine(text)}\n`);
    spinner.back();
  };
  const beats = openHeartbeat();

  const tell = (event: ProgressEvent): void => {
    if (options.quiet) return;
    if (event.kind === 'change') {
      if (!options.dryRun) line(changeLine(event.change, style));
      return;
    }
    if (event.kind === 'step') {
      if (options.verbose) line(style.quiet(event.text));
      spinner.show(event.text);
      return;
    }
    const waited = `${event.text} (${minutes(event.elapsedMs)} of at most ${minutes(event.limitMs)})`;
    spinner.show(waited);
    if (!spinner.wanted && beats(event)) line(waited);
  };
  return { tell, line, pause: spinner.hide, stop: spinner.stop };
}

/** Whether a wait is due for a line: its first event, then one for every 30 seconds. */
function openHeartbeat(): (event: { text: string; elapsedMs: number }) => boolean {
  let last: { text: string; elapsedMs: number } | undefined;
  return (event) => {
    const same = last?.text === event.text && event.elapsedMs >= last.elapsedMs;
    if (same && last !== undefined && event.elapsedMs - last.elapsedMs < heartbeatMs) return false;
    last = event;
    return true;
  };
}

type LazySpinner = {
  readonly wanted: boolean;
  readonly show: (text: string) => void;
  readonly hide: () => void;
  readonly back: () => void;
  readonly stop: () => void;
};

function openSpinner(host: Host, quiet: boolean): LazySpinner {
  const stream = host.stderr.terminal;
  const still =
    quiet ||
    host.env.TERM === 'dumb' ||
    inCi(host.env) ||
    !host.stderr.isTerminal() ||
    // ora divides by the width: of a terminal that has none (containers) it would clear lines for ever.
    host.stderr.columns() < 1;
  if (stream === undefined || still) {
    const nothing = (): void => {};
    return { wanted: false, show: nothing, hide: nothing, back: nothing, stop: nothing };
  }
  let spinner: Spinner | undefined;
  let text: string | undefined;
  let hidden = false;
  let stopped = false;
  const load = async (): Promise<void> => {
    const { startSpinner } = await import('./spinner.ts');
    if (stopped || text === undefined) return;
    spinner = startSpinner(stream(), text);
    if (hidden) spinner.hide();
  };
  return {
    wanted: true,
    show: (next) => {
      const first = text === undefined;
      text = visible(next);
      hidden = false;
      // Without the spinner the command works all the same.
      if (first) void load().catch(() => {});
      else spinner?.show(text);
    },
    hide: () => {
      hidden = true;
      spinner?.hide();
    },
    back: () => {
      hidden = false;
      if (text !== undefined && !stopped) spinner?.show(text);
    },
    stop: () => {
      stopped = true;
      spinner?.hide();
    },
  };
}

function minutes(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
