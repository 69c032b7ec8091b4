// The parser: commander, fed from the tables. It never writes to the process and never exits;
// what is wrong with the words is thrown.

import { styleText } from 'node:util';
import { Command, CommanderError, Option } from 'commander';
import { version } from '../../package.json';
import { UsageError } from '../core/errors.ts';
import { ownWords, prepareWords } from './flags/argv.ts';
import { commandTable, type CommandSpec } from './command-table.ts';
import { flagGroups, type FlagSpec } from './flags/tables/flag-spec.ts';
import type { Flags } from './flags/flags.ts';
import { gatherFlags } from './flags/gather-flags.ts';
import { exitMeanings } from './output/exit-meanings.ts';
import { wantsColor } from './output/style.ts';
import { wrapped } from './output/wrapped.ts';
import type { Host } from './session/host.ts';
import { suggestion } from './flags/suggest.ts';
import { topics } from './help/topics.ts';

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
    if (spec === undefined) topParser(host).parse(topWords(words), { from: 'user' });
    else {
      const given = prepared.words.slice(1);
      const asked = given.includes('--help') || given.includes('-h');
      const shown = asked ? stepSpec(spec, given[0]) : spec;
      commandParser(host, { spec: shown, onCommand }).parse(given, { from: 'user' });
    }
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return undefined;
    throw error;
  }
  return invocation;
}

/** An unknown command has no help: it is an error with --help too. */
function topWords(words: readonly string[]): readonly string[] {
  const [first] = words;
  return first === undefined || first.startsWith('-') ? words : [first];
}

/** Has the commands by name only: their flags are slow to make, and not needed for its help. */
function topParser(host: Host): Command {
  const program = parser('oidc-bootstrap', host)
    .description(
      'A trusted OIDC issuer on AWS for self-managed Kubernetes and OpenShift clusters.\n' +
        'Takes the flags of "ccoctl aws".',
    )
    .version(version, '--version', 'show the version; also the word version')
    .helpCommand(false)
    .addHelpText('after', topHelp);
  for (const { name, summary } of commandTable.filter(({ hidden }) => hidden !== true)) {
    program.command(name).summary(summary).usage(' ');
  }
  return program;
}

type OnCommand = (
  command: CommandSpec,
  given: { values: { readonly [flag: string]: unknown }; step: string | undefined },
) => void;

/** The page of one step: what it does, the flags that it takes, its example. */
function stepSpec(spec: CommandSpec, step: string | undefined): CommandSpec {
  const choice = step === undefined ? undefined : spec.argument?.choices[step];
  if (step === undefined || choice === undefined) return spec;
  return {
    ...spec,
    name: `${spec.name} ${step}`,
    description: `${choice.does[0]?.toUpperCase()}${choice.does.slice(1)}.`,
    flags: spec.flags.filter((flag) => flag.steps === undefined || flag.steps.includes(step)),
    examples: [choice.example],
    argument: { name: '', heading: '', choices: {} },
  };
}

function commandParser(
  host: Host,
  { spec, onCommand }: { readonly spec: CommandSpec; readonly onCommand: OnCommand },
): Command {
  const command = parser(`oidc-bootstrap ${spec.name}`, host)
    .description(spec.description)
    .allowExcessArguments()
    .addHelpText('after', commandHelp(spec, helpWidth(host)));
  const flags = spec.flags.toSorted(
    (a, b) => flagGroups.indexOf(a.group) - flagGroups.indexOf(b.group),
  );
  for (const flag of flags) command.addOption(optionOf(flag));
  const choices = Object.keys(spec.argument?.choices ?? {});
  const { argument } = spec;
  if (argument !== undefined && choices.length > 0) {
    const word = argument.required === true ? `<${argument.name}>` : `[${argument.name}]`;
    command.usage(`${word} [options]`);
  }
  return command.action((values: { readonly [flag: string]: unknown }) => {
    const [step, ...excess] = choices.length === 0 ? [undefined, ...command.args] : command.args;
    if (step !== undefined && !choices.includes(step)) throw unknownStep(step, spec);
    const [unexpected] = excess;
    if (unexpected !== undefined) {
      throw new UsageError(
        [{ message: `unexpected argument "${unexpected}"` }],
        `see oidc-bootstrap ${spec.name} --help`,
      );
    }
    onCommand(spec, { values, step });
  });
}

function unknownStep(word: string, spec: CommandSpec): UsageError {
  const choices = Object.keys(spec.argument?.choices ?? {});
  const refused = spec.argument?.refused?.[word];
  if (refused !== undefined) {
    return new UsageError(
      [{ message: `"${word}" ${refused}` }],
      `see oidc-bootstrap ${spec.name} --help`,
    );
  }
  const meant = suggestion(word, choices);
  return new UsageError(
    [
      {
        message: `unknown ${spec.argument?.name ?? 'word'} "${word}": it is one of ${choices.join(', ')}`,
      },
    ],
    `${meant === undefined ? '' : `did you mean ${meant}? `}see oidc-bootstrap ${spec.name} --help`,
  );
}

/** A parser that neither writes to the process nor ends it. */
function parser(name: string, host: Host): Command {
  const bold = wantsColor(host.stdout, { env: host.env, noColor: false });
  return new Command(name)
    .addHelpOption(new Option('-h, --help', 'show help').helpGroup('Output:'))
    .exitOverride()
    .configureHelp({ styleTitle: (text) => (bold ? styleText('bold', text) : text) })
    .configureOutput({
      writeOut: (text) => host.stdout.write(text),
      writeErr: () => {},
      outputError: () => {},
      getOutHelpWidth: () => helpWidth(host),
      getErrHelpWidth: () => 100,
      getOutHasColors: () => bold,
      getErrHasColors: () => false,
    });
}

function optionOf(flag: FlagSpec): Option {
  const short = flag.short === undefined ? '' : `-${flag.short}, `;
  const value = flag.value === undefined ? '' : ` ${flag.value}`;
  const about = flag.repeatable === true ? `${flag.about}; repeatable` : flag.about;
  const option = new Option(`${short}--${flag.name}${value}`, about);
  if (flag.repeatable === true || flag.once === true) {
    option.argParser((text: string, earlier: readonly string[] | undefined) => [
      ...(earlier ?? []),
      text,
    ]);
  }
  return option.hideHelp(flag.hidden ?? false).helpGroup(`${flag.group}:`);
}

function helpWidth(host: Host): number {
  return host.stdout.isTerminal() ? host.stdout.columns() || 80 : 100;
}

function commandHelp(spec: CommandSpec, columns: number): string {
  const choices = Object.entries(spec.argument?.choices ?? {});
  const width = Math.max(11, ...choices.map(([word]) => word.length + 2));
  const steps = choices.map(([word, { does }]) => `  ${word.padEnd(width)}${does}`);
  const below = steps.flatMap((line) => wrapped(line, { width: columns, indent: width + 2 }));
  const above = wrapped(`${heading(spec)}:`, { width: columns, indent: 2 });
  const stepText = steps.length === 0 ? '' : `\n${[...above, ...below].join('\n')}\n`;
  const { heading: title = '', rows = [] } = spec.glossary ?? {};
  const glossary =
    rows.length === 0
      ? ''
      : `\n${title}:\n${rows
          .flatMap(([word, about]) => [
            `  ${word}`,
            ...wrapped(`      ${about}`, { width: columns, indent: 6 }),
          ])
          .join('\n')}\n`;
  return (
    `${stepText}${glossary}\n` +
    'Flags can also be set as OIDC_BOOTSTRAP_<FLAG>, except approvals.\n' +
    'Booleans take =true and =false.\n\n' +
    `${spec.examples.length === 1 ? 'Example' : 'Examples'}:\n${spec.examples.map(pasteable).join('\n')}`
  );
}

function heading({ name, argument, flags }: CommandSpec): string {
  // The help names the pages of single steps only if the steps take different flags.
  const differ = flags.some((flag) => flag.steps !== undefined);
  const more = ` (\`oidc-bootstrap help ${name} <${argument?.name ?? ''}>\` shows the flags of one)`;
  return `${argument?.heading ?? ''}${differ ? more : ''}`;
}

/** A long example on several lines that a shell takes as one. */
function pasteable(example: string): string {
  if (example.length <= 76) return `  ${example}`;
  return `  ${example.split(/ (?=--)/).join(' \\\n    ')}`;
}

const topHelp = `
Exit codes:
${exitMeanings.map(([code, meaning]) => `  ${String(code).padEnd(5)}${meaning}`).join('\n')}

Topics (\`oidc-bootstrap help <topic>\`):
${Object.entries(topics)
  .map(([topic, about]) => `  ${topic.padEnd(13)}${about}`)
  .join('\n')}

Examples:
  oidc-bootstrap create-key-pair --output-dir ./my-cluster
  oidc-bootstrap create-all --help`;
