// The completion script for zsh, with what help says of each flag. It is static.

import type { CommandSpec } from '../command-table.ts';
import type { FlagSpec } from '../flags/tables/flag-spec.ts';
import {
  choicesOf,
  flagsOfStep,
  programName,
  quoted,
  shownFlags,
  valueOf,
} from './completion-words.ts';

/** The script: sourced after compinit, or a file `_oidc-bootstrap` in a folder of fpath. */
export function zshScript(commands: readonly CommandSpec[]): string {
  const names = commands.map(({ name, summary }) => described(name, summary));
  return `#compdef ${programName}
# zsh completion for ${programName}
# In ~/.zshrc, after compinit: source <(${programName} completion zsh)

_oidc-bootstrap() {
  local -a commands flags
  local command step
  [[ $words[2] == aws ]] && (( CURRENT > 2 )) && { shift words; (( CURRENT-- )) }
  commands=(
${[...names, described('help', 'show the help of a command'), described('version', 'show the version')].map((name) => `    ${name}`).join('\n')}
  )
  if (( CURRENT == 2 )); then
    if [[ $PREFIX == -* ]]; then
      _arguments '--help[show help]' '--version[show the version]'
    else
      _describe -t commands command commands
    fi
    return
  fi
  shift words
  (( CURRENT-- ))
  if [[ $words[1] == help ]]; then
    (( CURRENT == 2 )) && _describe -t commands command commands
    return
  fi
  command=$words[1]
  (( CURRENT > 2 )) && [[ $words[2] != -* ]] && step=$words[2]
  case "$command $step" in
${commands.flatMap(commandCases).join('\n')}
  esac
  (( $#flags )) && _arguments -s -S $flags
}

if [[ $funcstack[1] == _oidc-bootstrap ]]; then
  _oidc-bootstrap "$@"
else
  compdef _oidc-bootstrap ${programName}
fi`;
}

function commandCases(command: CommandSpec): readonly string[] {
  const steps = command.flags.some((flag) => flag.steps !== undefined) ? choicesOf(command) : [];
  return [
    ...steps.map((step) =>
      flagCase(quoted(`${command.name} ${step}`), command, flagsOfStep(command, step)),
    ),
    flagCase(`${quoted(`${command.name} `)}*`, command, shownFlags(command)),
  ];
}

function flagCase(pattern: string, command: CommandSpec, flags: readonly FlagSpec[]): string {
  const choices = Object.entries(command.argument?.choices ?? {}).map(
    ([word, { does }]) => `${word}\\:"${inBrackets(does)}"`,
  );
  const argument =
    choices.length === 0
      ? []
      : [quoted(`1:${command.argument?.name ?? 'word'}:((${choices.join(' ')}))`)];
  const lines = [
    ...argument,
    ...flags.map(flagSpec),
    quoted('(-h --help)').concat('{-h,--help}', quoted('[show help]')),
  ];
  return `    ${pattern})\n      flags=(\n${lines.map((line) => `        ${line}`).join('\n')}\n      )\n      ;;`;
}

/** One flag as _arguments takes it: `*` may come again, `=` or the next word is the value. */
function flagSpec(flag: FlagSpec): string {
  const value = valueOf(flag);
  const many = flag.repeatable === true ? '*' : '';
  const takes = value.kind !== 'none';
  const about = `[${inBrackets(flag.about)}]`;
  const rest = quoted(`${about}${takes ? `:${flag.name}:${actionOf(flag)}` : ''}`);
  const long = `--${flag.name}${takes ? '=' : ''}`;
  if (flag.short === undefined) return `${quoted(`${many}${long}`)}${rest}`;
  const both = `{-${flag.short}${takes ? '+' : ''},${long}}`;
  return `${quoted(`(-${flag.short} --${flag.name})`)}${both}${rest}`;
}

function actionOf(flag: FlagSpec): string {
  const value = valueOf(flag);
  switch (value.kind) {
    case 'words':
      return `(${value.words.join(' ')})`;
    case 'file':
      return '_files';
    case 'folder':
      return '_files -/';
    case 'text':
    case 'none':
      return ' ';
  }
}

/** `name:description` for _describe. */
function described(name: string, summary: string): string {
  return quoted(`${name}:${summary}`);
}

/** What has a meaning in a description of _arguments. */
function inBrackets(text: string): string {
  return text.replaceAll(/[[\]:"\\]/g, String.raw`\$&`);
}
