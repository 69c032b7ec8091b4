// The completion script for fish, with what help says of each flag. It is static.

import type { CommandSpec } from '../command-table.ts';
import type { FlagSpec } from '../flags/tables/flag-spec.ts';
import { choicesOf, programName, shownFlags, valueOf } from './completion-words.ts';

/** The script, for ~/.config/fish/completions/oidc-bootstrap.fish. */
export function fishScript(commands: readonly CommandSpec[]): string {
  return `# fish completion for ${programName}
# ${programName} completion fish > ~/.config/fish/completions/${programName}.fish

# The words so far without the program and ccoctl's "aws".
function __oidc_bootstrap_words
    set -l words (commandline -opc)
    set -e words[1]
    if test (count $words) -gt 0; and test $words[1] = aws
        set -e words[1]
    end
    string join -- \\n $words
end

function __oidc_bootstrap_no_command
    test (count (__oidc_bootstrap_words)) -eq 0
end

# Command $argv[1] alone; or with one of the words in $argv[2..], or without any word yet.
function __oidc_bootstrap_in
    set -l words (__oidc_bootstrap_words)
    test (count $words) -gt 0; and test $words[1] = $argv[1]; or return 1
    test (count $argv) -eq 1; and return 0
    test (count $words) -eq 1; and return 0
    string match -q -- '-*' $words[2]; and return 0
    contains -- $words[2] $argv[2..-1]
end

# Right after command $argv[1].
function __oidc_bootstrap_after
    set -l words (__oidc_bootstrap_words)
    test (count $words) -eq 1; and test $words[1] = $argv[1]
end

# Right after "help $argv[1]", or after "help" alone.
function __oidc_bootstrap_help
    set -l words (__oidc_bootstrap_words)
    set -l wanted help $argv
    test "$words" = "$wanted"
end

complete -c ${programName} -f
complete -c ${programName} -s h -l help -d 'show help'
complete -c ${programName} -n __oidc_bootstrap_no_command -l version -d 'show the version'
complete -c ${programName} -n __oidc_bootstrap_no_command -a version -d 'show the version'
complete -c ${programName} -n __oidc_bootstrap_no_command -a help -d 'show the help of a command'
${commands.flatMap(commandLines).join('\n')}`;
}

function commandLines(command: CommandSpec): readonly string[] {
  const { name, summary } = command;
  const words = Object.entries(command.argument?.choices ?? {});
  const line = (condition: string, rest: string): string =>
    `complete -c ${programName} -n ${fishQuoted(condition)} ${rest}`;
  const word = (text: string, about: string): string => `-a ${text} -d ${fishQuoted(about)}`;
  return [
    '',
    line('__oidc_bootstrap_no_command', word(name, summary)),
    line('__oidc_bootstrap_help', word(name, summary)),
    ...words.flatMap(([choice, { does }]) => [
      line(`__oidc_bootstrap_after ${name}`, word(choice, does)),
      line(`__oidc_bootstrap_help ${name}`, word(choice, does)),
    ]),
    ...shownFlags(command).map((flag) => line(conditionOf(command, flag), flagRest(flag))),
  ];
}

/** A flag of some steps is offered with them, and where no step is given yet. */
function conditionOf(command: CommandSpec, flag: FlagSpec): string {
  const steps = flag.steps ?? choicesOf(command);
  // A flag of no step goes with none: nothing can match.
  const words = flag.steps === undefined ? [] : steps.length === 0 ? ['-'] : steps;
  return ['__oidc_bootstrap_in', command.name, ...words].join(' ');
}

function flagRest(flag: FlagSpec): string {
  const short = flag.short === undefined ? '' : `-s ${flag.short} `;
  return `${short}-l ${flag.name} ${valueRest(flag)}-d ${fishQuoted(flag.about)}`;
}

function valueRest(flag: FlagSpec): string {
  const value = valueOf(flag);
  switch (value.kind) {
    case 'words':
      return `-x -a ${fishQuoted(value.words.join(' '))} `;
    case 'file':
      return '-r -F ';
    case 'folder':
      return "-x -a '(__fish_complete_directories)' ";
    case 'text':
      return '-x ';
    case 'none':
      return '';
  }
}

function fishQuoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, String.raw`\$&`)}'`;
}
