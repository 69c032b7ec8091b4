// Readers that turn raw flags into checked values. Pure: every reader adds its problems to one
// list, and `finishReading` throws them all at once, before anything is asked of AWS.

import type { InputIssue } from '../../core/errors.ts';
import { UsageError } from '../../core/errors.ts';
import { clusterNameProblem } from '../../core/names.ts';
import { isRegionName } from '../../core/partition.ts';
import { tagProblem, type Tags } from '../../core/tags.ts';
import { environmentName } from './environment-name.ts';
import type { AwsOptions } from '../session/session.ts';

/**
 * Flags by camelCase name, merged with the environment (a flag beats it), values unparsed.
 * A boolean is true, false, or the text that is neither. `fromEnvironment` lists the flags
 * whose value came from `OIDC_BOOTSTRAP_<FLAG>`, so that messages can name the variable.
 */
export type Flags = {
  readonly [camelCaseFlag: string]: string | boolean | readonly string[] | undefined;
};

/** Flags being read, and what was found wrong so far. */
export type Reading = { readonly flags: Flags; readonly issues: InputIssue[] };

/** Begins to read; pass the result to every reader, then to `finishReading`. */
export function startReading(flags: Flags): Reading {
  return { flags, issues: [] };
}

/** Throws one UsageError with every issue; does nothing where there is none. */
export function finishReading(reading: Reading, hint?: string): void {
  if (reading.issues.length > 0) throw new UsageError(reading.issues, hint);
}

/** The flag as users write it (`--output-dir`), or the variable its value came from. */
export function flagLabel(flags: Flags, flag: string): string {
  const kebab = flag.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return isAmbient(flags, flag) ? environmentName(kebab) : `--${kebab}`;
}

/** Whether the value of the flag came from its variable. */
export function isAmbient(flags: Flags, flag: string): boolean {
  const ambient = flags.fromEnvironment;
  return Array.isArray(ambient) && ambient.includes(flag);
}

/** Adds an issue about a flag. */
export function addIssue(reading: Reading, issue: { flag: string; message: string }): void {
  reading.issues.push({ field: flagLabel(reading.flags, issue.flag), message: issue.message });
}

/** A flag with one value; undefined where it is not given. An empty value is an issue. */
export function readText(
  reading: Reading,
  flag: string,
  whenEmpty: string = 'is empty: give a value or omit it',
): string | undefined {
  const value = reading.flags[flag];
  const text = typeof value === 'object' ? value.at(-1) : value;
  if (typeof text !== 'string') return undefined;
  if (text !== '') return text;
  addIssue(reading, { flag, message: whenEmpty });
  return undefined;
}

/** A flag that must be given; an empty string after an issue was added. */
export function readRequired(reading: Reading, flag: string): string {
  const before = reading.issues.length;
  const text = readText(reading, flag, 'needs a value');
  if (text === undefined && reading.issues.length === before) {
    addIssue(reading, { flag, message: 'is required' });
  }
  return text ?? '';
}

/** A boolean flag: `--x`, `--x=true|false|1|0`; undefined where it is not given. */
export function readBoolean(reading: Reading, flag: string): boolean | undefined {
  const value = reading.flags[flag];
  if (value === undefined || typeof value === 'boolean') return value;
  if (value === 'true' || value === '1') return true;
  if (value === 'false' || value === '0') return false;
  addIssue(reading, { flag, message: `"${String(value)}" is not one of true, false, 1, 0` });
  return undefined;
}

/** All values of a repeatable flag as they were given (file names); undefined without the flag. */
export function readTexts(reading: Reading, flag: string): readonly string[] | undefined {
  const value = reading.flags[flag];
  if (value === undefined || typeof value === 'boolean') return undefined;
  const texts = typeof value === 'string' ? [value] : value;
  if (texts.includes('')) addIssue(reading, { flag, message: 'needs a value' });
  return texts.filter((text) => text !== '');
}

/** Repeated or comma-separated values, without duplicates; undefined without the flag. */
export function readList(reading: Reading, flag: string): readonly string[] | undefined {
  const items = readTexts(reading, flag)?.flatMap((text) => text.split(','));
  if (items === undefined) return undefined;
  const trimmed = items.map((item) => item.trim());
  if (trimmed.includes('')) addIssue(reading, { flag, message: 'has an empty item' });
  return [...new Set(trimmed.filter((item) => item !== ''))];
}

/** One of the given words; undefined without the flag. */
export function readChoice<Choice extends string>(
  reading: Reading,
  choice: { readonly flag: string; readonly of: readonly Choice[] },
): Choice | undefined {
  const text = readText(reading, choice.flag);
  const found = choice.of.find((word) => word === text);
  if (text !== undefined && found === undefined) {
    const message = `"${text}" is not one of ${choice.of.join(', ')}`;
    addIssue(reading, { flag: choice.flag, message });
  }
  return found;
}

/** Milliseconds of `90s`, `30m`, `24h10m`, `90d`; undefined where the text is no duration above zero. */
export function parseDuration(text: string): number | undefined {
  const match = /^(?:(\d{1,5})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,8})s)?$/.exec(text);
  if (match === null) return undefined;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match
    .slice(1)
    .map((part) => Number(part ?? 0));
  const milliseconds = (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
  return milliseconds > 0 ? milliseconds : undefined;
}

/** A duration in milliseconds; undefined without the flag. */
export function readDuration(reading: Reading, flag: string): number | undefined {
  const text = readText(reading, flag);
  if (text === undefined) return undefined;
  const milliseconds = parseDuration(text);
  if (milliseconds === undefined) {
    addIssue(reading, {
      flag,
      message: `"${text}" is not a duration such as 90s, 30m, 24h10m or 90d`,
    });
  }
  return milliseconds;
}

/** `--name`: required, checked by the grammar of cluster names. */
export function readName(reading: Reading): string {
  const name = readRequired(reading, 'name');
  const problem = name === '' ? undefined : clusterNameProblem(name);
  if (problem !== undefined) addIssue(reading, { flag: 'name', message: `"${name}" ${problem}` });
  return name;
}

/** The region of `--region`, AWS_REGION, AWS_DEFAULT_REGION or the profile: required. */
export function readRegion(reading: Reading): string {
  const before = reading.issues.length;
  const region = readText(reading, 'region');
  if (region === undefined) {
    if (reading.issues.length === before) {
      const message =
        'is required: give it, set AWS_REGION, or add "region" to the profile in ~/.aws/config';
      addIssue(reading, { flag: 'region', message });
    }
    return '';
  }
  if (!isRegionName(region)) {
    const message = `"${region}" is not the name of an AWS region, such as eu-west-1`;
    addIssue(reading, { flag: 'region', message });
  }
  return region;
}

/** `--endpoint-url`: an http or https URL without query, fragment and credentials. */
function readEndpointUrl(reading: Reading): string | undefined {
  const text = readText(reading, 'endpointUrl');
  if (text === undefined) return undefined;
  const plain = /^https?:\/\/[^\s/?#@]+(?:\/[^\s?#]*)?$/.test(text) && URL.canParse(text);
  if (plain) return text;
  const message = `"${text.replace(/\/\/[^/@]*@/, '//***@')}" is not a URL such as http://127.0.0.1:4566`;
  addIssue(reading, { flag: 'endpointUrl', message });
  return undefined;
}

/** The flags of every command that talks to AWS. */
export function readAwsOptions(reading: Reading): AwsOptions {
  return {
    name: readName(reading),
    region: readRegion(reading),
    profile: readText(reading, 'profile'),
    endpointUrl: readEndpointUrl(reading),
    dryRun: readBoolean(reading, 'dryRun') ?? false,
    timeoutMs: readDuration(reading, 'timeout') ?? 30 * 60 * 1000,
  };
}

/** What a command that only reads has instead: it plans nothing, and waits for nothing. */
export function readLookOptions(reading: Reading): Omit<AwsOptions, 'name' | 'region'> {
  // Taken everywhere; a mistyped value is an issue here too.
  readBoolean(reading, 'dryRun');
  return {
    profile: readText(reading, 'profile'),
    endpointUrl: readEndpointUrl(reading),
    dryRun: false,
    timeoutMs: 0,
  };
}

/** `--tag key=value`, repeated: the user's own tags. */
export function readTags(reading: Reading): Tags {
  const tags = new Map<string, string>();
  for (const text of readTexts(reading, 'tag') ?? []) {
    const at = text.indexOf('=');
    const [key, value] = at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
    const problem =
      at < 0
        ? 'is not of the form key=value'
        : // To IAM keys that differ in case only are one key.
          [...tags.keys()].some((known) => known.toLowerCase() === key.toLowerCase())
          ? `gives the tag "${key}" twice`
          : tagProblem(key, value);
    if (problem !== undefined) addIssue(reading, { flag: 'tag', message: `"${text}": ${problem}` });
    else tags.set(key, value);
  }
  if (tags.size > 40) {
    addIssue(reading, {
      flag: 'tag',
      message: 'more than 40 tags; AWS accepts 50, including the tags of this program',
    });
  }
  return Object.fromEntries(tags);
}

/**
 * Audiences of `--audience` or `--remove-audience`, repeated or comma-separated.
 * IAM takes up to 100 client IDs of 1 to 255 characters.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html
 */
export function readAudiences(
  reading: Reading,
  flag: 'audience' | 'removeAudience',
): readonly string[] | undefined {
  const audiences = readList(reading, flag);
  for (const audience of audiences ?? []) {
    if (audience.length > 255 || /[^\x21-\x7e]/.test(audience)) {
      const message = `"${audience}" is not an audience: 1 to 255 printable characters, no spaces`;
      addIssue(reading, { flag, message });
    } else if (flag === 'audience' && /[<>]|\$\{/.test(audience)) {
      // In a trust policy IAM puts a value in place of `${...}`; `<...>` is what a plan does not know yet.
      const message = `"${audience}" is not an audience: no <, > or \${`;
      addIssue(reading, { flag, message });
    }
  }
  if ((audiences?.length ?? 0) > 100) {
    addIssue(reading, { flag, message: 'more than 100 audiences, which is the limit of IAM' });
  }
  return audiences;
}
