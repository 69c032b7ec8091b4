// Reads plain values from outside field by field. What is wrong is collected with its path, so that
// one look at a document finds every mistake in it.

import { isJsonObject } from '../json.ts';

/** Something wrong at a place in a document; the path may end where the value is missing. */
export type FieldProblem = { readonly path: readonly PropertyKey[]; readonly message: string };

/** A value and where it stands. Paths are only put together for problems. */
export type Field = {
  readonly value: unknown;
  readonly step?: PropertyKey;
  readonly parent?: Field;
  readonly problems: FieldProblem[];
};

/** The whole document; problems found below it are added to `problems`. */
export function rootField(value: unknown, problems: FieldProblem[]): Field {
  return { value, problems };
}

/** A member of a mapping; its value is undefined where it is absent, or where there is no mapping. */
export function member(parent: Field, step: string): Field {
  const value = isJsonObject(parent.value) ? parent.value[step] : undefined;
  return { value, step, parent, problems: parent.problems };
}

/** True where nothing stands there: absent, or null as Kubernetes reads it. */
export function isAbsent(field: Field): boolean {
  return field.value === undefined || field.value === null;
}

/** Adds a problem about the field. */
export function addProblem(field: Field, message: string): void {
  field.problems.push({ path: pathOf(field), message });
}

/** A text that must be there; `grammar` tells what is wrong with it. Empty after a problem. */
export function readText(field: Field, grammar?: (text: string) => string | undefined): string {
  const { value } = field;
  if (typeof value !== 'string') {
    addProblem(field, isAbsent(field) ? 'is required' : `must be a text, not ${kindOf(value)}`);
    return '';
  }
  const problem = grammar?.(value);
  if (problem !== undefined) addProblem(field, `${quoted(value)} ${problem}`);
  return value;
}

/** The elements of a list that must be there and hold something. */
export function readList(field: Field): readonly Field[] {
  const { value } = field;
  if (!Array.isArray(value)) {
    addProblem(field, isAbsent(field) ? 'is required' : `must be a list, not ${kindOf(value)}`);
    return [];
  }
  if (value.length === 0) addProblem(field, 'is empty');
  return value.map((item: unknown, step) => ({
    value: item,
    step,
    parent: field,
    problems: field.problems,
  }));
}

/** The members of a mapping that must be there. */
export function readMembers(field: Field): readonly Field[] {
  const { value } = field;
  if (!isJsonObject(value)) {
    addProblem(field, isAbsent(field) ? 'is required' : `must be a mapping, not ${kindOf(value)}`);
    return [];
  }
  return Object.keys(value).map((step) => member(field, step));
}

/** A value as a message names it: `a list`, `the number "5"`. */
export function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return value === null ? 'nothing' : 'a mapping';
  return `the ${typeof value === 'string' ? 'text' : typeof value} ${quoted(String(value))}`;
}

/** A value of the user's in a message: in double quotes, on one line, cut where it is long. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}...` : text);
}

/** Where a field stands in its document. */
export function pathOf(field: Field): readonly PropertyKey[] {
  if (field.parent === undefined || field.step === undefined) return [];
  return [...pathOf(field.parent), field.step];
}
