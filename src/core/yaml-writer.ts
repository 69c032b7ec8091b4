// Writes manifests as YAML that every reader understands alike: quoted where YAML 1.1 would take a
// text for a boolean or a number, long lines left whole.

import { stringify } from 'yaml';
import type { JsonObject } from './json.ts';

/** The text of a manifest, with a final newline. */
export function writeYaml(document: JsonObject): string {
  return stringify(document, { version: '1.1', lineWidth: 0, blockQuote: 'literal' });
}
