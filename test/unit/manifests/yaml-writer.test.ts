import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { JsonObject } from '../../../src/core/json.ts';
import { writeYaml } from '../../../src/core/manifests/yaml-writer.ts';

const versions = ['1.1', '1.2'] as const;

/** Strings that YAML readers may read as another type. */
const treacherous = [
  '',
  ' ',
  'no',
  'On',
  'Y',
  'NULL',
  'null',
  '~',
  'true',
  '.inf',
  '.nan',
  '=',
  '<<',
  '-',
  '?',
  ':',

  '1',
  '0x1f',
  '0o7',
  '012',
  '1e3',
  'e0',
  'E+5',
  '1_000',
  '12:30:45',
  '2026-11-01',
  '1.2.3',
  '- a',
  'a: b',
  'a:',
  'a #b',
  '#a',
  '"a"',
  "'a'",
  '{a}',
  '[a]',
  '&a',
  '*a',
  '!a',
  '|',
  '>',
  '%a',
  '@a',
  '`a',
  'a\n',
  'a\nb',
  'a\nb\n',
  'a\n\nb',
  ' a\nb',
  'a\n b\n',
  'a\nb\n\n',
  '\n',
  'a\r\nb',
  'a\tb\nc',

  '\u0085',
  '\u2028',
  '\ufeff',
  '\u007f',
  'é',
  '🔑',
  '\\',
  '\\n',
  'arn:aws:iam::1:role/x',
  'a:b',
];

const text = fc.oneof(fc.constantFrom(...treacherous), fc.string(), fc.string({ unit: 'binary' }));
const { document } = fc.letrec<{ document: JsonObject; value: JsonObject | string }>((tie) => ({
  document: fc.dictionary(text, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  value: fc.oneof({ maxDepth: 3 }, text, tie('document')),
}));

describe('writeYaml', () => {
  it.each(versions)('writes values that every reader of YAML %s reads back', (version) => {
    fc.assert(
      fc.property(document, (value) => {
        fc.pre(!JSON.stringify(value).includes('"__proto__"') && Object.keys(value).length > 0);
        expect(parse(writeYaml(value), { version, merge: true })).toEqual(value);
      }),
    );
  });

  it.each(treacherous)('writes %j so that it stays a string, as key and as value', (each) => {
    for (const version of versions) {
      const value = { [each]: each, below: { [each]: each } };
      expect(parse(writeYaml(value), { version, merge: true })).toEqual(value);
    }
  });

  it('writes plain strings, blocks and quotes in the usual style', () => {
    const value = {
      apiVersion: 'v1',
      data: { one: 'a\nb', ended: 'a\nb\n', arn: 'arn:aws:iam::111122223333:role/x' },
      absent: undefined,
      version: '1.1',
      empty: {},
      list: ['a', 1, true, null],
    };
    expect(writeYaml(value)).toBe(
      [
        'apiVersion: v1',
        'data:',
        '  one: |-',
        '    a',
        '    b',
        '  ended: |',
        '    a',
        '    b',
        '  arn: arn:aws:iam::111122223333:role/x',
        'version: "1.1"',
        'empty: {}',
        'list: ["a",1,true,null]',
        '',
      ].join('\n'),
    );
  });
});
