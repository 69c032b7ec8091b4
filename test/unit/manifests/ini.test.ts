import { describe, expect, it } from 'vitest';
import { writeIni } from '../../../src/core/manifests/ini.ts';

describe('INI', () => {
  it('has a line for each section and setting', () => {
    expect(writeIni({ default: { a: 'b c', d: '/e' }, other: {} })).toBe(
      '[default]\na = b c\nd = /e\n[other]',
    );
  });

  it.each(['a\nb', 'a\r', '', ' a', 'a ', 'ä', 5])('refuses the value %j', (value) => {
    expect(() => writeIni({ default: { key: value } })).toThrow('"default.key"');
  });

  it('refuses invalid names', () => {
    expect(() => writeIni({ 'a]': {} })).toThrow('"a]"');
    expect(() => writeIni({ default: { 'a b': 'c' } })).toThrow('"default.a b"');
  });
});
