// Fills the documents of templates/: parsed JSON in, JSON out; text is never concatenated.
// Filling parsed JSON prevents syntax injection; callers validate each value first.

import { BootstrapError } from './errors.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';

/** Values by placeholder name; undefined leaves the member out. */
export type TemplateValues = { readonly [name: string]: Json | undefined };

const whole = /^\{\{([A-Za-z][A-Za-z0-9]*)\}\}$/;
const inside = /\{\{([A-Za-z][A-Za-z0-9]*)\}\}/g;

/**
 * One pass over the template. A leaf that is exactly `{{name}}` takes the value as it is;
 * a value inside a longer leaf or a key must be a single-line string.
 * A placeholder without a value, or a value without a placeholder, is an INTERNAL error.
 */
export function fillTemplate(template: Json, values: TemplateValues): JsonObject {
  const used = new Set<string>();

  const take = (name: string): Json | undefined => {
    if (!Object.hasOwn(values, name)) throw templateError(`no value for "{{${name}}}"`);
    used.add(name);
    return values[name];
  };
  const text = (leaf: string): string =>
    leaf.replaceAll(inside, (_, name: string) => {
      const value = take(name);
      if (typeof value !== 'string' || /[\r\n]/.test(value)) {
        throw templateError(`"{{${name}}}" inside a text needs a single-line string`);
      }
      return value;
    });
  const fill = (node: Json): Json | undefined => {
    if (typeof node === 'string') {
      const name = whole.exec(node)?.[1];
      return name === undefined ? text(node) : take(name);
    }
    if (Array.isArray(node)) {
      return node.map((item: Json) => fill(item)).filter((item) => item !== undefined);
    }
    if (!isJsonObject(node)) return node;
    const filled: { [key: string]: Json } = {};
    for (const [key, member] of Object.entries(node)) {
      const value = member === undefined ? undefined : fill(member);
      if (value !== undefined) filled[text(key)] = value;
    }
    return filled;
  };

  const filled = fill(template);
  const unused = Object.keys(values).filter((name) => !used.has(name));
  if (unused.length > 0) throw templateError(`unused values: ${unused.join(', ')}`);
  if (!isJsonObject(filled)) throw templateError('a template is a JSON object');
  return filled;
}

function templateError(message: string): BootstrapError {
  return new BootstrapError({ code: 'INTERNAL', message: `template: ${message}` });
}
