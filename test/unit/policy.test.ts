import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../src/core/json.ts';
import { canonicalPolicy, listOf, policySize, samePolicy } from '../../src/core/policy.ts';

const word = fc.stringMatching(/^[a-zA-Z0-9:*/-]{1,12}$/);
const words = fc.uniqueArray(word, { minLength: 1, maxLength: 4 });
const statement = fc.record({
  Effect: fc.constantFrom('Allow', 'Deny'),
  Action: words,
  Resource: words,
  Principal: fc.dictionary(fc.constantFrom('AWS', 'Federated'), words, { minKeys: 1 }),
  Condition: fc.dictionary(
    fc.constantFrom('StringEquals', 'Bool'),
    fc.dictionary(word, words, { minKeys: 1 }),
    { minKeys: 1 },
  ),
});
const policy = fc.uniqueArray(statement, {
  minLength: 1,
  maxLength: 3,
  selector: (one) => canonicalPolicy({ Statement: one }),
});

/** The same document in a random other form. */
function rewritten(value: Json, flip: () => boolean): Json {
  if (Array.isArray(value)) {
    const items = value.map((item: Json) => rewritten(item, flip));
    if (flip()) items.reverse();
    const [only] = items;
    return items.length === 1 && only !== undefined && flip() ? only : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, member]) => [
    key,
    rewritten(member ?? null, flip),
  ]);
  return Object.fromEntries(flip() ? entries.toReversed() : entries);
}

describe('two policies', () => {
  it('are the same whatever the form of lists, single values and keys', () => {
    fc.assert(
      fc.property(policy, fc.infiniteStream(fc.boolean()), (statements, flips) => {
        const document = { Version: '2012-10-17', Statement: statements };
        const other = rewritten(document, () => flips.next().value) as JsonObject;
        expect(samePolicy(document, other)).toBe(true);
      }),
    );
  });

  it('are not the same with one action, resource, principal or condition value more', () => {
    fc.assert(
      fc.property(policy, fc.nat(3), (statements, which) => {
        const changed = structuredClone(statements);
        const [first] = changed;
        if (first === undefined) return;
        if (which === 0) first.Action.push('x:More');
        if (which === 1) first.Resource.push('more ');
        if (which === 2) Object.values(first.Principal)[0]?.push('more ');
        if (which === 3) Object.values(Object.values(first.Condition)[0] ?? {})[0]?.push('more ');
        expect(samePolicy({ Statement: statements }, { Statement: changed })).toBe(false);
      }),
    );
  });

  it.each<readonly [string, JsonObject, JsonObject]>([
    ['effect', { Effect: 'Allow', Action: 'a' }, { Effect: 'Deny', Action: 'a' }],
    ['member', { Action: 'a' }, { NotAction: 'a' }],
    ['Sid', { Sid: 'A', Action: 'a' }, { Sid: 'B', Action: 'a' }],
    [
      'operator',
      { Condition: { StringEquals: { k: 'v' } } },
      { Condition: { StringLike: { k: 'v' } } },
    ],
    ['principal type', { Principal: { AWS: 'x' } }, { Principal: { Federated: 'x' } }],
    ['everyone', { Principal: '*' }, { Principal: { AWS: 'x' } }],
  ])('differ in their %s', (_, one, other) => {
    expect(samePolicy({ Statement: one }, { Statement: other })).toBe(false);
  });

  it('differ in their version', () => {
    expect(samePolicy({ Version: '2008-10-17' }, { Version: '2012-10-17' })).toBe(false);
  });

  it('treat true as "true", 5 as "5", and an empty condition as none', () => {
    const written = (Condition: JsonObject): JsonObject => ({ Statement: [{ Condition }] });
    expect(
      samePolicy(
        written({ Bool: { a: true }, NumericEquals: { b: [5] } }),
        written({ NumericEquals: { b: '5' }, Bool: { a: ['true'] } }),
      ),
    ).toBe(true);
    expect(samePolicy(written({}), { Statement: {} })).toBe(true);
  });
});

it('the size of a policy does not count white space', () => {
  expect(policySize('{ "a":\n\t"b c" }')).toBe('{"a":"bc"}'.length);
});

it('a list of strings drops other values', () => {
  expect(listOf(undefined)).toEqual([]);
  expect(listOf('a')).toEqual(['a']);
  expect(listOf(['a', 5, 'b'])).toEqual(['a', 'b']);
});
