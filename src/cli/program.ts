// The parser: commander, fed from the tables. It never writes to the process and never exits;
// what is wrong with the words is thrown.

import { Argument, Command, CommanderError, Option } from 'commander';
import { version } from '../../package.json';
import { exitCodes } from '../core/errors.ts';
import { ownWords, prepareWords } from './flags/argv.ts';
import { commandTable, type CommandSpec } from './command-table.ts';
import type { FlagSpec } from './flags/flag-tables.ts';
import type { Flags } from './flags/flags.ts';
import { gatherFlags } from './flags/gather-flags.ts';
import type { Host } from './session/host.ts';

/** A command line that makes sense so far: values are checked by the command itself. */
export type Invocation = {
  readonly command: CommandSpec;
  /** With `step`, where the command has an argument and it was given. */
  readonly flags: Flags;
  readonly warnings: readonly string[];
};

/**
 * Reads the command line. Undefined where help or the version was asked for and shown.
 * Throws CommanderError for unknown commands, unknown flags and missing values.
 */
export function parseCommandLine(argv: readonly string[], host: Host): Invocation | undefined {
  const words = ownWords(argv);
  const spec = commandTable.find((command) => command.name === words[0]);
  const prepared = prepareWords(words, spec?.flags ?? []);
  let invocation: Invocation | undefined;
  const onCommand: OnCommand = (command, { values, step }) => {
    const given = { values, booleans: prepared.booleans, env: host.env };
    const { flags, warnings } = gatherFlags(command.flags, given);
    invocation = { command, flags: { ...flags, step }, warnings };
  };
  try {
    if (spec === undefined) topParser(host).parse(words, { from: 'user' });
    else commandParser(host, { spec, onCommand }).parse(prepared.words.slice(1), { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return undefined;
    throw error;
  }
  return invocation;
}

/** Knows the commands by name only: their flags are slow to make, and not needed for its help. */
function topParser(host: Host): Command {
  const program = parser('oidc-bootstrap', host)
    .description(
      'A trusted OIDC issuer on AWS for self-managed Kubernetes and OpenShift clusters.\n' +
        'Takes the flags of "ccoctl aws".',
    )
    .version(version, '--version', 'show the version')
    .helpCommand(false)
    .addHelpText('after', topHelp);
  for (const { name, summary } of commandTable) {
    program.command(name).summary(summary).usage(' ');
  }
  return program;
}

type OnCommand = (
  command: CommandSpec,
  given: { values: { readonly [flag: string]: unknown }; step: string | undefined },
) => void;

function commandParser(
  host: Host,
  { spec, onCommand }: { readonly spec: CommandSpec; readonly onCommand: OnCommand },
): Command {
  const command = parser(`oidc-bootstrap ${spec.name}`, host)
    .description(spec.description)
    .addHelpText('after', commandHelp(spec));
  for (const flag of spec.flags) command.addOption(optionOf(flag));
  if (spec.argument === undefined) {
    return command.action((values: { readonly [flag: string]: unknown }) => {
      onCommand(spec, { values, step: undefined });
    });
  }
  const choices = Object.keys(spec.argument.choices);
  return command
    .addArgument(new Argument(`[${spec.argument.name}]`).choices(choices))
    .action((step: string | undefined, values: { readonly [flag: string]: unknown }) => {
      onCommand(spec, { values, step });
    });
}

/** It neither writes to the process nor ends it. */
function parser(name: string, host: Host): Command {
  return new Command(name)
    .helpOption('-h, --help', 'show help')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => host.stdout.write(text),
      writeErr: () => {},
      outputError: () => {},
      getOutHelpWidth: () => (host.stdout.isTerminal() ? host.stdout.columns() : 100),
      getErrHelpWidth: () => 100,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
}

function optionOf(flag: FlagSpec): Option {
  const short = flag.short === undefined ? '' : `-${flag.short}, `;
  const value = flag.value === undefined ? '' : ` ${flag.value}`;
  const about = flag.repeatable === true ? `${flag.about}; repeatable` : flag.about;
  const option = new Option(`${short}--${flag.name}${value}`, about);
  if (flag.repeatable === true) {
    option.argParser((text: string, earlier: readonly string[] | undefined) => [
      ...(earlier ?? []),
      text,
    ]);
  }
  return option.hideHelp(flag.hidden ?? false);
}

function commandHelp(spec: CommandSpec): string {
  const words = Object.entries(spec.argument?.choices ?? {});
  const steps = words.map(([word, meaning]) => `  ${word.padEnd(11)}${meaning}\n`).join('');
  return (
    `${steps === '' ? '' : `\nSteps:\n${steps}`}\n` +
    'Flags can be given as OIDC_BOOTSTRAP_<FLAG> too, but for approvals. ' +
    'Booleans take =true and =false.\n\n' +
    `Examples:\n${spec.examples.map((example) => `  ${example}`).join('\n')}`
  );
}

const exitMeanings: readonly (readonly [number, string])[] = [
  [0, 'done, or nothing to do'],
  [exitCodes.INTERNAL, 'failed'],
  [exitCodes.USAGE, 'wrong flags or input'],
  [exitCodes.GATE_CLOSED, 'a check says no'],
  [exitCodes.AWS_ACCESS_DENIED, 'credentials or permission'],
  [exitCodes.NAME_TAKEN, 'what is there forbids it'],
  [exitCodes.WAIT_TIMED_OUT, 'a wait timed out; run again to go on'],
  [exitCodes.INTERRUPTED, 'interrupted, or a prompt was declined'],
];

const topHelp = `
Exit codes:
${exitMeanings.map(([code, meaning]) => `  ${String(code).padEnd(5)}${meaning}`).join('\n')}

Examples:
  oidc-bootstrap create-key-pair --output-dir ./my-cluster
  oidc-bootstrap create-all --help`;
