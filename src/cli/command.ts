// The shape of a command's module, and how the shell runs one without knowing its types.

import type { BootstrapError } from '../core/errors.ts';
import type { Flags } from './flags/flags.ts';
import type { Page } from './output/page.ts';
import { visibleStrings } from './session/control-characters.ts';
import type { Session } from './session/session.ts';

/** What `src/cli/commands/<verb>.ts` exports. */
export type CommandModule<Options, Result> = {
  /** Pure; throws one UsageError with all issues. */
  readonly parse: (flags: Flags) => Options;
  /** The result is the `result` of the JSON document. */
  readonly run: (options: Options, session: Session) => Promise<Result>;
  /** Text for people: what exists, where, what to do next. */
  readonly describe: (result: Result, page: Page) => string;
  /** An error that the result is: it is reported after the result, as a failure that has one. */
  readonly refusal?: (result: Result, options: Options) => BootstrapError | undefined;
};

/** A command whose flags are read: run it, and describe what it gave. */
export type PreparedCommand = (session: Session) => Promise<{
  readonly result: unknown;
  readonly describe: (page: Page) => string;
  readonly refusal: BootstrapError | undefined;
}>;

/** Flags in, a command that only needs its session out. */
export type LoadedCommand = (flags: Flags) => PreparedCommand;

/** Hides the types of one command's options and result. */
export function loadedCommand<Options, Result>(
  command: CommandModule<Options, Result>,
): LoadedCommand {
  return (flags) => {
    const options = command.parse(flags);
    return async (session) => {
      const result = await command.run(options, session);
      return {
        result,
        describe: (page) => command.describe(visibleStrings(result), page),
        refusal: command.refusal?.(result, options),
      };
    };
  };
}
