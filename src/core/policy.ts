// IAM policy documents as data: when two of them are equal, and how AWS counts their size.
// They are compared by meaning: a string equals a one-element list; order and repetition do not matter.

import { isJsonObject, type Json, type JsonObject } from './json.ts';

/** Members of a statement whose lists are sets. Principal and Condition hold sets one level down. */
const sets = new Set(['Action', 'NotAction', 'Resource', 'NotResource']);
const mapsOfSets = new Set(['Principal', 'NotPrincipal']);

/** The statements of a policy document, which may hold one of them without a list. */
export function statementsOf(document: JsonObject): readonly JsonObject[] {
  return asList(document['Statement']).filter(isJsonObject);
}

/** The strings of a member that may be one string or a list of them; empty where it is absent. */
export function listOf(value: Json | undefined): readonly string[] {
  return asList(value).filter((item) => typeof item === 'string');
}

/** True where both documents mean the same to IAM. */
export function samePolicy(one: JsonObject, other: JsonObject): boolean {
  return canonicalPolicy(one) === canonicalPolicy(other);
}

/** True where both statements mean the same to IAM. */
export function sameStatement(one: JsonObject, other: JsonObject): boolean {
  return canonicalStatement(one) === canonicalStatement(other);
}

/** One text for all documents of the same meaning. */
export function canonicalPolicy(document: JsonObject): string {
  const statements = distinct(statementsOf(document).map(canonicalStatement));
  const { Statement: _, ...others } = document;
  return `${stableText(others)}${statements.join('')}`;
}

/** One text for all statements of the same meaning. */
export function canonicalStatement(statement: JsonObject): string {
  const members: { [name: string]: Json } = {};
  for (const [name, value] of Object.entries(statement)) {
    if (value === undefined) continue;
    if (sets.has(name)) members[name] = scalarSet(value);
    else if (mapsOfSets.has(name)) members[name] = mapOfSets(value);
    else if (name !== 'Condition') members[name] = value;
    else if (isJsonObject(value) && Object.keys(value).length > 0) {
      members[name] = Object.fromEntries(
        Object.entries(value).map(([operator, keys]) => [operator, mapOfSets(keys ?? null)]),
      );
    }
  }
  return stableText(members);
}

/**
 * The length that AWS counts for a policy quota: without white space.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
export function policySize(document: string): number {
  return document.replaceAll(/\s+/g, '').length;
}

function asList(value: Json | undefined): readonly Json[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly Json[]) : [value];
}

function mapOfSets(value: Json): Json {
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, values]) => [key, scalarSet(values ?? null)]),
  );
}

/** IAM takes `true` and `5` for `"true"` and `"5"`. */
function scalarSet(value: Json): Json {
  return distinct(asList(value).map((item) => (isScalar(item) ? String(item) : stableText(item))));
}

function isScalar(value: Json): boolean {
  return typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number';
}

function distinct(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].toSorted();
}

/** JSON with the keys of every object in order. */
function stableText(value: Json): string {
  return JSON.stringify(value, (_, node: unknown) =>
    isJsonObject(node)
      ? Object.fromEntries(Object.entries(node).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : node,
  );
}
