import { describe, expect, it } from 'vitest';
import { fillTemplate } from '../../src/core/template.ts';

describe('a template', () => {
  it('accepts a value of any type if the leaf is only the placeholder', () => {
    const filled = fillTemplate(
      { a: '{{list}}', b: [{ c: '{{flag}}' }] },
      { list: ['x'], flag: true },
    );
    expect(filled).toEqual({ a: ['x'], b: [{ c: true }] });
  });

  it('inserts a single-line string into a longer leaf and into a key', () => {
    const filled = fillTemplate({ '{{host}}:aud': 'arn:{{host}}' }, { host: 'h.example' });
    expect(filled).toEqual({ 'h.example:aud': 'arn:h.example' });
  });

  it('omits a member whose value is undefined', () => {
    expect(fillTemplate({ a: 'x', b: '{{b}}' }, { b: undefined })).toEqual({ a: 'x' });
  });

  it('does not fill placeholders inside a value', () => {
    expect(fillTemplate({ a: '{{a}}' }, { a: '{{b}}' })).toEqual({ a: '{{b}}' });
  });

  it('keeps IAM’s own ${...} as it is', () => {
    expect(fillTemplate({ a: '${aws:username}/{{b}}' }, { b: 'x' })).toEqual({
      a: '${aws:username}/x',
    });
  });

  it.each([
    ['a placeholder without a value', { a: '{{missing}}' }, {}],
    ['a value without a placeholder', { a: 'x' }, { extra: '1' }],
    ['a line break inside a leaf', { a: 'x-{{b}}' }, { b: 'one\ntwo' }],
    ['an object inside a leaf', { a: 'x-{{b}}' }, { b: { c: 1 } }],
  ])('refuses %s', (_, template, values) => {
    expect(() => fillTemplate(template, values)).toThrowError(/template:/);
  });
});
