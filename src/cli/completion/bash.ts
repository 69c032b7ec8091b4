// The completion script for bash 3.2 and later. It is static: no key press starts the program.

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

/** The script. */
export function bashScript(commands: readonly CommandSpec[]): string {
  return `# bash completion for ${programName}
# In ~/.bashrc: source <(${programName} completion bash)

_oidc_bootstrap_words() {
  local IFS=$' \\n'
  COMPREPLY=($(compgen -W "$1" -- "$2"))
}

_oidc_bootstrap_paths() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen "$1" -- "$2"))
  type compopt > /dev/null 2>&1 && compopt -o filenames 2> /dev/null
}

# Kind of the value of flag $2 of command $1, and its words.
_oidc_bootstrap_value() {
  kind=none
  words=
  case "$1 $2" in
${commands.flatMap(valueCases).join('\n')}
  esac
}

_oidc_bootstrap() {
  local current=\${COMP_WORDS[COMP_CWORD]} first=1 command= step= flag= kind= words= flags= i word
  COMPREPLY=()
  [ "\${COMP_WORDS[1]}" = aws ] && [ "$COMP_CWORD" -gt 1 ] && first=2
  if [ "$COMP_CWORD" -eq "$first" ]; then
    _oidc_bootstrap_words ${quoted([...commands.map(({ name }) => name), 'help', 'version', '--help', '--version'].join(' '))} "$current"
    return
  fi
  command=\${COMP_WORDS[first]}
  if [ "$command" = help ]; then
    first=$((first + 1))
    command=\${COMP_WORDS[first]}
    if [ "$COMP_CWORD" -eq "$first" ]; then
      _oidc_bootstrap_words ${quoted(commands.map(({ name }) => name).join(' '))} "$current"
      return
    fi
    if [ "$COMP_CWORD" -gt "$((first + 1))" ]; then return; fi
  fi
  # bash takes "--flag=value" apart at "=".
  if [ "$current" = = ]; then
    flag=\${COMP_WORDS[COMP_CWORD-1]}
    current=
  elif [ "\${COMP_WORDS[COMP_CWORD-1]}" = = ]; then
    flag=\${COMP_WORDS[COMP_CWORD-2]}
  else
    word=\${COMP_WORDS[COMP_CWORD-1]}
    _oidc_bootstrap_value "$command" "$word"
    case $kind in words | file | folder | text) flag=$word ;; esac
  fi
  if [ -n "$flag" ]; then
    _oidc_bootstrap_value "$command" "$flag"
    case $kind in
      words) _oidc_bootstrap_words "$words" "$current" ;;
      file) _oidc_bootstrap_paths -f "$current" ;;
      folder) _oidc_bootstrap_paths -d "$current" ;;
      none) case $flag in --*) _oidc_bootstrap_words 'true false' "$current" ;; esac ;;
    esac
    return
  fi
  # A word that is no flag comes right after the command.
  i=$((first + 1))
  if [ "$i" -lt "$COMP_CWORD" ]; then
    case \${COMP_WORDS[i]} in -*) ;; *) step=\${COMP_WORDS[i]} ;; esac
  fi
  if [ "$COMP_CWORD" -eq "$i" ]; then
    case $current in
      -*) ;;
      *)
        case $command in
${commands.flatMap(wordCases).join('\n')}
        esac
        [ -n "$words" ] && _oidc_bootstrap_words "$words" "$current"
        [ -n "$words" ] && return
        ;;
    esac
  fi
  case "$command $step" in
${commands.flatMap(flagCases).join('\n')}
  esac
  _oidc_bootstrap_words "$flags" "$current"
}

complete -F _oidc_bootstrap ${programName}`;
}

function valueCases(command: CommandSpec): readonly string[] {
  return shownFlags(command).flatMap((flag) => {
    const value = valueOf(flag);
    if (value.kind === 'none') return [];
    const names = namesOf(flag).map((name) => quoted(`${command.name} ${name}`));
    const words = value.kind === 'words' ? ` words=${quoted(value.words.join(' '))}` : '';
    return [`    ${names.join(' | ')}) kind=${value.kind}${words} ;;`];
  });
}

function wordCases(command: CommandSpec): readonly string[] {
  const words = choicesOf(command);
  return words.length === 0
    ? []
    : [`          ${command.name}) words=${quoted(words.join(' '))} ;;`];
}

/** The flags of each step before those of the command. */
function flagCases(command: CommandSpec): readonly string[] {
  const line = (pattern: string, flags: readonly FlagSpec[]): string =>
    `    ${pattern}) flags=${quoted([...flags.map(({ name }) => `--${name}`), '--help'].join(' '))} ;;`;
  const steps = command.flags.some((flag) => flag.steps !== undefined) ? choicesOf(command) : [];
  return [
    ...steps.map((step) => line(quoted(`${command.name} ${step}`), flagsOfStep(command, step))),
    line(`${quoted(`${command.name} `)}*`, shownFlags(command)),
  ];
}

function namesOf(flag: FlagSpec): readonly string[] {
  return [`--${flag.name}`, ...(flag.short === undefined ? [] : [`-${flag.short}`])];
}
