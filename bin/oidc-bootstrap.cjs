#!/usr/bin/env node
// Starts the program, or says which Node it needs. CommonJS, because it starts faster.
'use strict';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`error: Node "${process.versions.node}" is too old`);
  console.error('hint: install Node 20.19 or later');
  process.exitCode = 2;
} else {
  require('../dist/cli.cjs');
}
