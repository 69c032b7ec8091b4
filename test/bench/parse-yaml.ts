// Measured by loading-rows.ts: the least that loading can cost, a bare YAML parse of the same files.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { parse } from 'yaml';

const [folder = ''] = process.argv.slice(2);
for (const name of fs.readdirSync(folder)) {
  const { kind } = parse(fs.readFileSync(path.join(folder, name), 'utf8')) as { kind: unknown };
  if (kind !== 'CredentialsRequest') throw new Error(`"${name}" is no request`);
}
