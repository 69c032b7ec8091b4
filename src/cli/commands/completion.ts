// completion: the script that lets a shell complete commands, flags and values, made from the tables.

import type { CommandSpec } from '../command-table.ts';
import type { CommandModule } from '../command.ts';
import { bashScript } from '../completion/bash.ts';
import { shells, type Shell } from '../completion/completion-words.ts';
import { fishScript } from '../completion/fish.ts';
import { zshScript } from '../completion/zsh.ts';
import { finishReading, readText, startReading } from '../flags/flags.ts';

export type CompletionResult = { readonly shell: Shell; readonly script: string };

const scripts: { readonly [shell in Shell]: (commands: readonly CommandSpec[]) => string } = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/** The command, for the table that it is itself in. */
export function completionOf(
  commands: readonly CommandSpec[],
): CommandModule<Shell, CompletionResult> {
  return {
    parse: (flags) => {
      const reading = startReading(flags);
      const word = readText(reading, 'step');
      const shell = shells.find((known) => known === word);
      if (shell === undefined) {
        reading.issues.push({ message: `a shell is required: one of ${shells.join(', ')}` });
      }
      finishReading(reading);
      return shell ?? 'bash';
    },
    run: async (shell) => ({ shell, script: `${scripts[shell](commands)}\n` }),
    // The lines of the result are one line where it is described.
    describe: ({ shell }) => scripts[shell](commands),
  };
}
