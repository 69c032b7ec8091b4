// Builds dist/ with esbuild alone, in two passes: the first bundles, shakes and splits the program, so that
// import() keeps what a command needs in files of their own; splitting needs ES modules. The second writes
// each of these files as CommonJS, which Node 20 loads about 15 ms faster.

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

const shared = {
  absWorkingDir: import.meta.dirname,
  outdir: 'dist',
  outExtension: { '.js': '.cjs' },
  platform: 'node',
  target: 'node20',
  minify: true,
  legalComments: 'none',
};

rmSync(path.join(import.meta.dirname, 'dist'), { recursive: true, force: true });
const { metafile } = await build({
  ...shared,
  entryPoints: ['src/cli.ts'],
  bundle: true,
  splitting: true,
  format: 'esm',
  mainFields: ['module', 'main'],
  metafile: true,
});
await build({
  ...shared,
  entryPoints: Object.keys(metafile.outputs),
  format: 'cjs',
  supported: { 'dynamic-import': false },
  allowOverwrite: true,
});
writeFileSync(path.join(import.meta.dirname, 'dist/LICENSES.txt'), licences());

/** The licences of all bundled packages. */
function licences() {
  const folders = Object.values(metafile.outputs)
    .flatMap(({ inputs }) => Object.keys(inputs))
    .map((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0]);
  return [...new Set(folders)]
    .filter((folder) => folder !== undefined)
    .toSorted()
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
      const file = readdirSync(folder).find((entry) => /^licen[cs]e(?:\.|$)/i.test(entry));
      const text = file === undefined ? '' : readFileSync(`${folder}/${file}`, 'utf8').trim();
      return `${name} ${version} (${license})\n\n${text}`;
    })
    .join(`\n\n${'-'.repeat(80)}\n\n`);
}
