// Control characters of files, flags and answers never reach a terminal: they could move its cursor,
// hide text or forge a line of output. They are shown as escapes, as JSON writes them.

import type { Host, OutputStream } from './host.ts';

/** C0 (with line ends and tabs), DEL, C1, line separators, and what turns the direction of text. */
// oxlint-disable-next-line no-control-regex -- these are what it is about
const controls = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
/** The same without the line end, and the color codes of our own style in front of them. */
const controlsOfText =
  // oxlint-disable-next-line no-control-regex -- these are what it is about
  /\u001b\[(?:1|2|22|31|32|33|39)m|[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** A value or message on one line, for text: line ends and all other control characters as escapes. */
export function visible(text: string): string {
  return text.replaceAll(controls, escaped);
}

/** Text that may hold our own colors, on one line. */
export function oneLine(text: string): string {
  return text.replaceAll('\n', String.raw`\n`);
}

/** Every string of a result made visible, for its description; all else as it is. */
export function visibleStrings<Value>(value: Value): Value {
  return mapStrings(value) as Value;
}

/** JSON with the control characters escaped that JSON itself allows; its meaning stays the same. */
export function escapedJson(json: string): string {
  // Line ends of its layout are the only ones outside of strings.
  return json.replaceAll(controls, (character) => (character === '\n' ? '\n' : unicode(character)));
}

/** The host, whose streams write nothing but text, line ends and our own colors. */
export function printableHost(host: Host): Host {
  const printable = (stream: OutputStream): OutputStream => ({
    ...stream,
    write: (text) => stream.write(text.replaceAll(controlsOfText, ownColorOrEscaped)),
  });
  return {
    ...host,
    stdout: printable(host.stdout),
    stderr: printable(host.stderr),
    ask: async (question) => host.ask(visible(question)),
  };
}

function mapStrings(value: unknown): unknown {
  if (typeof value === 'string') return visible(value);
  if (Array.isArray(value)) return value.map(mapStrings);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapStrings(item)]));
}

function ownColorOrEscaped(found: string): string {
  return found.length > 1 ? found : escaped(found);
}

function escaped(character: string): string {
  const short: { readonly [character: string]: string } = {
    '\n': String.raw`\n`,
    '\r': String.raw`\r`,
    '\t': String.raw`\t`,
  };
  return short[character] ?? unicode(character);
}

function unicode(character: string): string {
  return String.raw`\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
