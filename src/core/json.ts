// Plain JSON values: what templates, requests and documents are made of.

/** Any JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

/** A JSON object; a member may be undefined, which means absent. */
export type JsonObject = { readonly [key: string]: Json | undefined };

/** True for an object that is neither null nor an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Deeper than any document that this program reads; some thousand levels exhaust the stack. */
const maxDepth = 100;

/** The value of a JSON text from outside. SyntaxError where it is not JSON, or is nested too deeply. */
export function readJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  let level = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > maxDepth) throw new SyntaxError('it is nested too deeply');
    level = level.flatMap((one) =>
      typeof one === 'object' && one !== null ? Object.values(one) : [],
    );
  }
  return value;
}

/** The same, undefined where it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return readJson(text);
  } catch {
    return undefined;
  }
}
