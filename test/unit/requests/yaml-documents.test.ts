import { describe, expect, it } from 'vitest';
import {
  fieldName,
  readYamlDocuments,
  type YamlIssue,
} from '../../../src/core/requests/yaml-documents.ts';

function read(text: string): { values: readonly unknown[]; issues: readonly YamlIssue[] } {
  const issues: YamlIssue[] = [];
  const values = [...readYamlDocuments(text, (issue) => issues.push(issue))];
  return { values: values.map((document) => document.value), issues };
}

describe('YAML documents', () => {
  it('are read one by one without empty ones', () => {
    const text = '# only a comment\n---\n---\na: 1\n---\n~\n--- b\n...\n---\n[c, {d: e}]\n';
    expect(read(text)).toEqual({ values: [{ a: 1 }, 'b', ['c', { d: 'e' }]], issues: [] });
    expect(read('')).toEqual({ values: [], issues: [] });
  });

  it('have plain values as Kubernetes reads them', () => {
    const text =
      'list: [yes, No, on, true, ~, "", null, 1, -1.5, 0x10, 0o10, 1e3, 2026-01-01, "yes", 1:30, 1_000]';
    const [value] = read(text).values;
    expect(value).toEqual({
      list: [
        true,
        false,
        true,
        true,
        null,
        '',
        null,
        1,
        -1.5,
        16,
        8,
        1e3,
        '2026-01-01',
        'yes',
        '1:30',
        '1_000',
      ],
    });
  });

  it('may repeat parts of themselves by anchor and merge key', () => {
    const text = 'a: &a {x: 1}\nb: *a\nc:\n  <<: *a\n  y: 2\n';
    expect(read(text).values).toEqual([{ a: { x: 1 }, b: { x: 1 }, c: { x: 1, y: 2 } }]);
  });

  it('have the line of each field, or of the nearest one above it', () => {
    const text = '# first\n---\na: 1\n---\nspec:\n  names:\n  - x\n  - y\n';
    const [, second] = [...readYamlDocuments(text, () => {})];
    expect(second?.lineOf([])).toBe(5);
    expect(second?.lineOf(['spec', 'names', 1])).toBe(8);
    expect(second?.lineOf(['spec', 'other'])).toBe(5);
    expect(second?.lineOf(['spec', 'names', 7])).toBe(6);
  });

  it('are all read although one has an error, which is named with its line', () => {
    const { values, issues } = read('a: 1\n---\nb: [1\nc: "\n---\nd: 1\n');
    expect(values).toEqual([{ a: 1 }]);
    expect(issues).toEqual([{ line: 4, message: expect.stringMatching(/^not valid YAML: /) }]);
    const mapping = read('a: 1\n---\nb: c: d\n---\ne: 1\n');
    expect(mapping.values).toEqual([{ a: 1 }, { e: 1 }]);
    expect(mapping.issues.map((issue) => issue.line)).toEqual([3]);
  });

  it.each([
    ['a: 1\nb: 2\na: 3\n', 3, 'a'],
    ['s:\n  l:\n  - x: 1\n    "x": 2\n', 4, 's.l[0].x'],
    ['{a: 1, a: 2}', 1, 'a'],
  ])('must not have a key twice: %j', (text, line, field) => {
    expect(read(text)).toEqual({ values: [], issues: [{ line, field, message: 'stands twice' }] });
  });

  it.each(['__proto__: 1\n', 'x: {__proto__: {y: 1}}\n', '&a k: 1\n*a : 2\n'])(
    'must have names as keys: %j',
    (text) => {
      expect(read(text).issues).toEqual([
        expect.objectContaining({
          message: expect.stringMatching(/has a key that is no name|keys must be strings/),
        }),
      ]);
    },
  );

  it('must not have unknown tags', () => {
    expect(read('a: !secret x\n').issues[0]?.message).toMatch(/unresolved tag/i);
  });

  it('must not expand to an excessive size', () => {
    let bomb = 'a: &a [x, x]\n';
    for (const [index, here] of ['b', 'c', 'd', 'e', 'f', 'g', 'h'].entries()) {
      const before = 'abcdefg'.charAt(index);
      bomb += `${here}: &${here} [${Array.from({ length: 10 }, () => `*${before}`).join()}]\n`;
    }
    expect(read(bomb)).toEqual({
      values: [],
      issues: [{ line: 1, message: expect.stringContaining('alias') }],
    });
    expect(read('a: *nowhere\n').issues).toHaveLength(1);
  });

  it.each([
    ['[', 400_000],
    ['{a: ', 200_000],
    ['- ', 400_000],
    ['? ', 400_000],
    ['- []\n', 1],
  ])('must not be nested deeply: %j, %i times', (part, times) => {
    const { issues } = read(`\nx:\n${part.repeat(times)}`);
    expect(issues.map((issue) => issue.message)).toEqual(
      times === 1 ? [] : ['not readable: nested too deeply'],
    );
  });

  it('must not be indented without limit', () => {
    const lines = Array.from({ length: 1500 }, (_, depth) => `${' '.repeat(depth)}a:`);
    expect(read(lines.join('\n')).issues).toHaveLength(1);
  });
});

it('a field is named by its path', () => {
  expect(fieldName([])).toBeUndefined();
  expect(fieldName(['spec', 'names', 0, 'x'])).toBe('spec.names[0].x');
});
