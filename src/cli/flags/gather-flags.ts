// Merges flags with their environment variables: a flag beats the environment, an approval is never
// taken from it. The region falls back to AWS's own variables here, to the profile later on.

import { environmentName } from './environment-name.ts';
import { suggestion } from './suggest.ts';
import type { FlagSpec } from './tables/flag-spec.ts';
import { flagTables } from './flag-tables.ts';
import type { Flags } from './flags.ts';

export type GatheredFlags = {
  readonly flags: Flags;
  /** What the user should know: approvals in the environment are ignored. */
  readonly warnings: readonly string[];
};

type Given = {
  /** The parser's values by camelCase name. */
  readonly values: { readonly [flag: string]: unknown };
  /** Booleans that were given a value, by the flag's name. */
  readonly booleans: ReadonlyMap<string, boolean | string>;
  readonly env: { readonly [name: string]: string | undefined };
};

/** The flags of one command, still unparsed. An empty variable counts as not set, but for booleans. */
export function gatherFlags(specs: readonly FlagSpec[], given: Given): GatheredFlags {
  const flags: { [flag: string]: Flags[string] } = {};
  const warnings: string[] = [];
  const fromEnvironment: string[] = [];
  warnings.push(...unknownVariables(given.env));

  for (const spec of specs) {
    const flag = camelCase(spec.name);
    const value = given.booleans.get(spec.name) ?? parsedValue(spec, given.values);
    const variable = environmentName(spec.name);
    const ambient = given.env[variable];
    if (spec.approval === true) {
      if (ambient !== undefined) {
        warnings.push(`${variable} is ignored: give --${spec.name} on the command line`);
      }
      flags[flag] = value;
    } else if (value !== undefined || ambient === undefined) {
      flags[flag] = value;
    } else if (ambient !== '' || spec.value === undefined) {
      flags[flag] = ambient;
      fromEnvironment.push(flag);
    }
  }

  if (specs.some((spec) => spec.name === 'region')) {
    flags.region ??= given.env.AWS_REGION || given.env.AWS_DEFAULT_REGION || undefined;
  }
  return { flags: { ...flags, fromEnvironment }, warnings };
}

/** Variables of ours that no flag has: most likely misspelt. */
function unknownVariables(env: Given['env']): readonly string[] {
  const known = [
    ...new Set(Object.values(flagTables).flatMap((specs) => specs.map(({ name }) => name))),
  ].map(environmentName);
  known.push('OIDC_BOOTSTRAP_EDGE_URL');
  return Object.keys(env)
    .filter((name) => name.startsWith('OIDC_BOOTSTRAP_') && !known.includes(name))
    .map((name) => {
      const meant = suggestion(name, known);
      return `unknown variable ${name} is ignored${meant === undefined ? '' : `: did you mean ${meant}?`}`;
    });
}

/** `outputDir` for `output-dir`, as the parser names it. */
export function camelCase(name: string): string {
  return name.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function parsedValue(spec: FlagSpec, values: Given['values']): Flags[string] {
  if (spec.name.startsWith('no-')) {
    return values[camelCase(spec.name.slice(3))] === false ? true : undefined;
  }
  const value = values[camelCase(spec.name)];
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  return Array.isArray(value) ? value.map(String) : undefined;
}
