// The entry of the package: answers `--version`, and loads the program for everything else, so that
// scripts that look for a version (CI images, package tests) wait for Node alone.
// The exit code is set, never forced, so that pending output arrives.

import { writeSync } from 'node:fs';
import { version } from '../package.json';

const argv = process.argv.slice(2);
if (argv.length === 1 && argv[0] === '--version') {
  try {
    writeSync(1, `${version}\n`);
  } catch {
    // Nobody is reading.
  }
} else {
  void import('./start.ts').then(({ start }) => start(argv));
}
