// The INI text of an AWS configuration file, as SDKs read it.
// A section is a line, a setting is a line: a value that could break out of its line is refused.
// https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html

import { BootstrapError } from '../errors.ts';
import { isJsonObject, type JsonObject } from '../json.ts';

/** `{section: {setting: value}}` as INI, without a final newline. A value of several lines is INTERNAL. */
export function writeIni(sections: JsonObject): string {
  const lines: string[] = [];
  for (const [section, settings] of Object.entries(sections)) {
    if (!/^[\w-]+$/.test(section) || !isJsonObject(settings)) throw iniError(section);
    lines.push(`[${section}]`);
    for (const [name, value] of Object.entries(settings)) {
      if (
        !/^\w+$/.test(name) ||
        typeof value !== 'string' ||
        !/^[!-~](?:[ -~]*[!-~])?$/.test(value)
      ) {
        throw iniError(`${section}.${name}`);
      }
      lines.push(`${name} = ${value}`);
    }
  }
  return lines.join('\n');
}

function iniError(place: string): BootstrapError {
  return new BootstrapError({ code: 'INTERNAL', message: `"${place}" cannot be written as INI` });
}
