// The documents of a YAML text, one at a time, as plain values. Lines are only counted for what is
// wrong. Hostile input ends in an issue: deep nesting, alias bombs, keys that stand twice.

import { Composer, isAlias, isCollection, isMap, isPair, isScalar, isSeq, Parser } from 'yaml';
import type {
  Document,
  DocumentOptions,
  Pair,
  ParsedNode,
  ParseOptions,
  SchemaOptions,
  YAMLMap,
} from 'yaml';
import { kubernetesScalar } from './yaml-scalars.ts';

/** Something wrong in the text. */
export type YamlIssue = {
  /** One-based. */
  readonly line: number;
  readonly field?: string | undefined;
  readonly message: string;
};

/** One document that is not empty. */
export type YamlDocument = {
  readonly value: unknown;
  /** Line of the node at that path, or of the nearest one above it that exists; one-based. */
  readonly lineOf: (path: readonly PropertyKey[]) => number;
  /** A scalar as it was written, where it has no quotes; undefined for anything else. */
  readonly textOf: (path: readonly PropertyKey[]) => string | undefined;
};

/** Merge keys are of YAML 1.1, which Kubernetes still reads. Keys that stand twice are found below. */
const options: ParseOptions & DocumentOptions & SchemaOptions = {
  schema: 'failsafe',
  customTags: [kubernetesScalar],
  merge: true,
  stringKeys: true,
  uniqueKeys: false,
};

type Mistake = { readonly offset: number; readonly path: PropertyKey[]; readonly message: string };

type Reading = {
  /** The document repeats parts of itself: the library's own conversion counts how much. */
  aliased: boolean;
  mistake: Mistake | undefined;
};

/** How often one anchor's content may be repeated. */
const maxAliasCount = 100;

/** A line that begins with this many dashes and spaces, or as many open brackets, is no manifest. */
const deepLine = /^[ \t?:-]{400}/m;
const maxFlowDepth = 100;

/** Yields each document that can be read; what is wrong with the others goes to `onIssue`. */
export function* readYamlDocuments(
  text: string,
  onIssue: (issue: YamlIssue) => void,
): Generator<YamlDocument> {
  const lineAt = lineCounter(text);
  const deep = deepPlace(text);
  if (deep !== undefined) {
    onIssue({ line: lineAt(deep), message: 'not readable: nested too deeply' });
    return;
  }
  for (const document of new Composer(options).compose(new Parser().parse(text))) {
    const [mistake] = [...document.errors, ...document.warnings];
    if (mistake !== undefined) {
      const [offset] = mistake.pos;
      if (mistake.code === 'BAD_ALIAS') onIssue(strayAlias(document, { text, offset, lineAt }));
      else onIssue({ line: lineAt(offset), message: `not valid YAML: ${inside(mistake.message)}` });
      continue;
    }
    const root = document.contents;
    if (root === null || (isScalar(root) && root.value === null)) continue;
    const reading: Reading = { aliased: false, mistake: undefined };
    const plain = readNode(root, reading);
    if (reading.mistake !== undefined) {
      const { offset, path, message } = reading.mistake;
      onIssue({ line: lineAt(offset), field: fieldName(path), message });
      continue;
    }
    try {
      const value: unknown = reading.aliased ? document.toJS({ maxAliasCount }) : plain;
      yield {
        value,
        lineOf: (path) => lineAt(offsetOf(root, path)),
        textOf: (path) => textAt(document, path),
      };
    } catch (error) {
      if (!(error instanceof ReferenceError)) throw error;
      const [, name] = /^Unresolved alias .*: (\S+)$/.exec(error.message) ?? [];
      const offset = name === undefined ? -1 : text.indexOf(`*${name}`, root.range[0]);
      if (offset >= 0) onIssue(strayAlias(document, { text, offset, lineAt }));
      else
        onIssue({ line: lineAt(root.range[0]), message: `not readable: ${inside(error.message)}` });
    }
  }
}

/** A node as a plain value. It finds keys that are given twice, for which the library compares every pair. */
function readNode(node: unknown, reading: Reading): unknown {
  if (isScalar(node)) return node.value;
  if (isMap(node)) return readMap(node.items, reading);
  if (!isCollection(node)) {
    reading.aliased = true;
    return undefined;
  }
  const items: unknown[] = [];
  for (const [index, item] of node.items.entries()) {
    items.push(readNode(item, reading));
    if (reading.mistake !== undefined) return mistakeBelow(reading.mistake, index);
  }
  return items;
}

function readMap(pairs: readonly Pair[], reading: Reading): unknown {
  const members: { [name: string]: unknown } = {};
  for (const { key, value } of pairs) {
    const name = isScalar(key) ? String(key.value) : '__proto__';
    if (name === '__proto__') {
      reading.mistake = { offset: startOf(key), path: [], message: 'has a key that is no name' };
      return undefined;
    }
    if (name === '<<') {
      // The library merges.
      reading.aliased = true;
      continue;
    }
    if (Object.hasOwn(members, name)) {
      reading.mistake = { offset: startOf(key), path: [name], message: 'stands twice' };
      return undefined;
    }
    members[name] = readNode(value, reading);
    if (reading.mistake !== undefined) return mistakeBelow(reading.mistake, name);
  }
  return members;
}

function mistakeBelow(mistake: Mistake, step: PropertyKey): undefined {
  mistake.path.unshift(step);
}

function offsetOf(root: ParsedNode, path: readonly PropertyKey[]): number {
  let node: unknown = root;
  let offset = startOf(root);
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && item.key.value === step);
      if (pair === undefined) return offset;
      offset = startOf(pair.key);
      node = pair.value;
    } else if (isCollection(node) && typeof step === 'number') {
      node = node.items[step];
      offset = startOf(node) || offset;
    } else {
      return offset;
    }
  }
  return offset;
}

function startOf(node: unknown): number {
  const range = (node as { range?: Document.Parsed['range'] } | undefined)?.range;
  return range?.[0] ?? 0;
}

/** The text of a plain scalar; what an alias or a merge key brings is looked for where it stands. */
function textAt(document: Document.Parsed, path: readonly PropertyKey[]): string | undefined {
  let node: unknown = document.contents;
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (!isMap(node) && !isSeq(node)) return undefined;
    node = isMap(node) ? memberOf(document, node, step) : node.items[Number(step)];
  }
  if (isAlias(node)) node = node.resolve(document);
  return isScalar(node) && node.type === 'PLAIN' ? node.source : undefined;
}

function memberOf(document: Document.Parsed, map: YAMLMap, step: PropertyKey): unknown {
  const named = (name: PropertyKey): readonly unknown[] =>
    map.items.filter(({ key }) => isScalar(key) && key.value === name).map(({ value }) => value);
  const [own] = named(step);
  if (own !== undefined) return own;
  const merged = named('<<').flatMap((source) => (isSeq(source) ? source.items : [source]));
  for (const source of merged) {
    const from = isAlias(source) ? source.resolve(document) : source;
    const found = isMap(from) ? memberOf(document, from, step) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Offset of the first place that would exhaust the parser's stack; undefined in all real files. */
function deepPlace(text: string): number | undefined {
  const line = text.search(deepLine);
  if (line >= 0) return line;
  let depth = 0;
  for (const bracket of text.matchAll(/[[\]{}]/g)) {
    const opens = bracket[0] === '[' || bracket[0] === '{';
    depth = opens ? depth + 1 : Math.max(depth - 1, 0);
    if (depth > maxFlowDepth) return bracket.index;
  }
  return undefined;
}

/** Line of an offset; counts on from the last one asked for, so that documents in order cost one pass. */
function lineCounter(text: string): (offset: number) => number {
  let line = 1;
  let counted = 0;
  return (offset) => {
    if (offset < counted) [line, counted] = [1, 0];
    for (;;) {
      const end = text.indexOf('\n', counted);
      if (end < 0 || end >= offset) return line;
      line += 1;
      counted = end + 1;
    }
  };
}

/** `spec.serviceAccountNames[0]`; undefined for the document as a whole. */
export function fieldName(path: readonly PropertyKey[]): string | undefined {
  if (path.length === 0) return undefined;
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
    .join('')
    .replace(/^\./, '');
}

/** A star without quotes begins an alias; where there is no such anchor, a text was meant. */
function strayAlias(
  document: Document.Parsed,
  at: { text: string; offset: number; lineAt: (offset: number) => number },
): YamlIssue {
  const [word = '*'] = /^[^\s,\]}]+/.exec(at.text.slice(at.offset)) ?? [];
  return {
    line: at.lineAt(at.offset),
    field: fieldName(pathAt(document.contents, at.offset)),
    message: `not valid YAML: "*" begins an alias here; quote it: ${JSON.stringify(word)}`,
  };
}

/** Path of the innermost member whose value holds the offset. */
function pathAt(root: unknown, offset: number): readonly PropertyKey[] {
  if (!isCollection(root)) return [];
  for (const [index, item] of root.items.entries()) {
    const step = isPair(item) ? (isScalar(item.key) ? String(item.key.value) : '') : index;
    const node = isPair(item) ? item.value : item;
    const end = (node as { range?: Document.Parsed['range'] } | null)?.range?.[1] ?? -1;
    if (startOf(node) <= offset && offset <= end) return [step, ...pathAt(node, offset)];
  }
  return [];
}

/** A message of the library's inside one of ours; it may quote the file, control characters and all. */
function inside(message: string): string {
  const line = message.replaceAll(/\p{Cc}+/gu, ' ').replace(/\.$/, '');
  return line.charAt(0).toLowerCase() + line.slice(1);
}
