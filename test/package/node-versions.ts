// Brings other releases of Node into `.cache/` of this checkout, from npm's own `node` packages: once, by
// npm. A second use takes no time.

import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const cacheFolder = new URL('../../.cache/node/', import.meta.url).pathname;

/** The path of that release of Node, `22.23.3`; installed first where it is not. */
export async function nodeRelease(version: string): Promise<string> {
  const folder = path.join(cacheFolder, version);
  const program = path.join(folder, 'node_modules', 'node', 'bin', 'node');
  if (fs.existsSync(program)) return program;
  fs.mkdirSync(cacheFolder, { recursive: true });
  const temporary = fs.mkdtempSync(path.join(cacheFolder, 'new-'));
  try {
    fs.writeFileSync(path.join(temporary, 'package.json'), '{}');
    await run('npm', ['install', '--no-audit', '--no-fund', '--silent', `node@${version}`], {
      cwd: temporary,
    });
    // A half-made installation is never seen: it gets its name when it is complete.
    fs.renameSync(temporary, folder);
  } catch (error) {
    fs.rmSync(temporary, { recursive: true, force: true });
    // Another run was faster: its installation is as good.
    if (!fs.existsSync(program)) throw error;
  }
  return program;
}
