// Plain scalars as Kubernetes reads them: null, booleans (also YAML 1.1: `yes`, `on`), numbers (YAML 1.2
// only: no `1:30`), and text for the rest, including dates. No schema of the library has this mix.

import type { ScalarTag } from 'yaml';

const words: { readonly [text: string]: boolean | null } = Object.fromEntries([
  ...['', '~', 'null', 'Null', 'NULL'].map((text) => [text, null] as const),
  ...spellings(['y', 'yes', 'on', 'true']).map((text) => [text, true] as const),
  ...spellings(['n', 'no', 'off', 'false']).map((text) => [text, false] as const),
]);

const test =
  /^(?:~?|null|Null|NULL|[yYnN]|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF|true|True|TRUE|false|False|FALSE|0x[\da-fA-F]+|0o[0-7]+|[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?)$/;

/** The one tag of plain scalars that are not text; goes on top of the library's `failsafe` schema. */
export const kubernetesScalar: ScalarTag = {
  tag: 'tag:yaml.org,2002:scalar',
  default: true,
  test,
  resolve: (text) => (Object.hasOwn(words, text) ? words[text] : Number(text)),
};

function spellings(texts: readonly string[]): readonly string[] {
  return texts.flatMap((text) => [
    text,
    `${text.charAt(0).toUpperCase()}${text.slice(1)}`,
    text.toUpperCase(),
  ]);
}
