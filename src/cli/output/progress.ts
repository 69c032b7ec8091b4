// Progress on stderr while a command works: a spinner on a terminal; elsewhere a line for each
// change, and during long waits one about every 30 seconds, so that no pipeline takes us for dead.

import type { ProgressEvent } from '../../workflows/context.ts';
import type { Host } from '../session/host.ts';
import type { Progress } from '../session/session.ts';
import { changeLine } from './change-line.ts';
import { oneLine, visible } from '../session/control-characters.ts';
import type { Spinner } from './spinner.ts';
import { wrapped } from './wrapped.ts';
import { inCi, type Style } from './style.ts';

const heartbeatMs = 30_000;

export type ProgressOptions = {
  readonly host: Host;
  readonly style: Style;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** Planned changes are not shown as they come. */
  readonly dryRun: boolean;
};

/** Opens progress; nothing is shown before the first event. */
export function openProgress(options: ProgressOptions): Progress {
  const { host, style } = options;
  const spinner = openSpinner(host, options.quiet);
  // A terminal breaks long lines anywhere; a file or a pipeline keeps them whole.
  const width = host.stderr.isTerminal() ? host.stderr.columns() || 80 : undefined;
  const line = (text: string): void => {
    spinner.hide();
    const shown = oneLine(text);
    const lines = width === undefined ? [shown] : wrapped(shown, { width, indent: 2 });
    host.stderr.write(`${lines.join('\n')}\n`);
    spinner.back();
  };
  const beats = openHeartbeat();

  let ticking: NodeJS.Timeout | undefined;

  const tell = (event: ProgressEvent): void => {
    if (options.quiet) return;
    clearInterval(ticking);
    if (event.kind === 'change') {
      if (!options.dryRun) line(changeLine(event.change, style));
      return;
    }
    if (event.kind === 'step') {
      if (options.verbose) line(style.quiet(visible(event.text)));
      spinner.show(event.text);
      return;
    }
    spinner.show(waitLine(event, 0));
    if (spinner.wanted) ticking = startTicking(event);
    else if (beats(event)) line(visible(waitLine(event, 0)));
  };
  /** The counter goes on between two looks at AWS, which may be 15 seconds apart. */
  const startTicking = (event: WaitEvent): NodeJS.Timeout => {
    const since = host.now().getTime();
    const tick = (): void => spinner.show(waitLine(event, host.now().getTime() - since));
    return setInterval(tick, 1000).unref();
  };
  const pause = (): void => {
    clearInterval(ticking);
    spinner.hide();
  };
  const stop = (): void => {
    clearInterval(ticking);
    spinner.stop();
  };
  return { tell, line, pause, stop };
}

type WaitEvent = Extract<ProgressEvent, { kind: 'wait' }>;

/** `Waiting for CloudFront distribution E1 (usually 3 to 15 min): 0:35, timeout 30:00`. */
function waitLine(event: WaitEvent, sinceMs: number): string {
  const waited = clockText(event.elapsedMs + sinceMs);
  const since =
    event.since === undefined ? '' : ` (under way for ${clockText(event.since + sinceMs)})`;
  return `Waiting for ${event.text}: ${waited}${since}, timeout ${clockText(event.limitMs)}`;
}

/** `0:35`, `30:00`, `1:00:00`. */
function clockText(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const two = (count: number): string => String(count).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = two(seconds % 60);
  return hours === 0 ? `${minutes}:${rest}` : `${hours}:${two(minutes)}:${rest}`;
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
      // The command also works without the spinner.
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
