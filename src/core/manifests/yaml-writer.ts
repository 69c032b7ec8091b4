// Writes manifests as YAML that all readers understand the same way: a string is plain only if no reader
// can misread it; several lines become a block; everything else is quoted as in JSON.
// The YAML library is not used, because it writes for one version: for 1.1 it leaves `0o7` plain, for
// 1.2 `no` and `12:30:45`, and for both the characters that YAML 1.1 reads as line breaks.

import { isJsonObject, type Json, type JsonObject } from '../json.ts';

/** A letter first, and nothing to which YAML gives a meaning. */
const plain = /^[A-Za-z](?:[A-Za-z0-9._/:+=@-]*[A-Za-z0-9._/+=@-])?$/;

/** Words that YAML 1.1 or 1.2 reads as a boolean or as null, and what some readers take for a number. */
const reserved = /^(?:y|yes|n|no|true|false|on|off|null|e[-+]?[0-9]+)$/i;

/** Lines of printable ASCII, none of them blank, the first not indented. */
const block = /^[!-~][ -~]*(?:\n[ -~]*[!-~][ -~]*)+\n?$/;

/** The text of a manifest, with a final newline. https://yaml.org/spec/1.2.2/ */
export function writeYaml(document: JsonObject): string {
  return `${memberLines(document, '').join('\n')}\n`;
}

function memberLines(object: JsonObject, indent: string): readonly string[] {
  return Object.entries(object).flatMap(([name, value]) =>
    value === undefined ? [] : valueLines(`${indent}${scalar(name)}:`, value, `${indent}  `),
  );
}

function valueLines(key: string, value: Json, indent: string): readonly string[] {
  if (isJsonObject(value) && Object.keys(value).length > 0) {
    return [key, ...memberLines(value, indent)];
  }
  if (Array.isArray(value) && value.length > 0 && value.every(isMapping)) {
    return [key, ...value.flatMap((item) => itemLines(item, indent))];
  }
  if (typeof value !== 'string') return [`${key} ${quoted(value)}`];
  if (!block.test(value)) return [`${key} ${scalar(value)}`];
  const [text, style] = value.endsWith('\n') ? [value.slice(0, -1), '|'] : [value, '|-'];
  return [`${key} ${style}`, ...text.split('\n').map((line) => `${indent}${line}`)];
}

/** A mapping of a list: its first line begins with the dash. */
function itemLines(item: JsonObject, indent: string): readonly string[] {
  const [first = '', ...more] = memberLines(item, `${indent}  `);
  return [`${indent}- ${first.trimStart()}`, ...more];
}

function isMapping(value: Json): value is JsonObject {
  return isJsonObject(value) && Object.values(value).some((member) => member !== undefined);
}

function scalar(text: string): string {
  return plain.test(text) && !reserved.test(text) ? text : quoted(text);
}

/** JSON is YAML, except for a few characters that YAML 1.1 takes for line breaks. */
function quoted(value: Json): string {
  return JSON.stringify(value).replaceAll(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
