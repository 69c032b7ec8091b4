// Builds dist/ in two passes: bundled, split and tree-shaken as ES modules first, where import() keeps
// a command's libraries in files of their own; then each file as CommonJS, which Node starts faster.
// What every start needs is one file, main.cjs: opening a file costs more than reading it.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

const root = import.meta.dirname;
const dist = path.join(root, 'dist');
const work = mkdtempSync(path.join(root, '.build-'));

const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  minify: true,
  legalComments: 'none',
};
const firstPass = { ...shared, format: 'esm', mainFields: ['module', 'main'], metafile: true };
const secondPass = { ...shared, format: 'cjs', supported: { 'dynamic-import': false } };

/**
 * commander by itself. Its private members get short names, and its CommonJS becomes ES modules, which
 * need no wrapper functions: Node would read each of them twice.
 */
function bundleParser(outfile) {
  // Subcommands in files of their own, for which it needs child_process, we have not.
  const replacements = {
    'node:child_process': 'export default {};',
    'node:process': 'export default process;',
  };
  const lean = {
    name: 'lean',
    setup(plugin) {
      plugin.onResolve({ filter: /^node:(?:child_process|process)$/ }, ({ path: name, kind }) =>
        kind === 'import-statement' ? { path: name, namespace: 'lean' } : undefined,
      );
      plugin.onLoad({ filter: /.*/, namespace: 'lean' }, ({ path: name }) => ({
        contents: replacements[name],
      }));
      plugin.onLoad({ filter: /commander\/lib\/\w+\.js$/ }, ({ path: file }) => ({
        contents: readFileSync(file, 'utf8')
          .replaceAll(/^const (\w+) = require\((.+)\)\.\1;$/gm, 'import { $1 } from $2;')
          .replaceAll(/^const (.+) = require\((.+)\);$/gm, 'import $1 from $2;')
          .replace(/^  _executeSubCommand\(.*?^  }$/ms, '')
          .replaceAll(/^exports\.(\w+) = \1;.*$/gm, 'export { $1 };'),
      }));
    },
  };
  return build({
    ...firstPass,
    stdin: {
      contents: ['argument', 'command', 'error', 'option']
        .map((name) => `export * from './node_modules/commander/lib/${name}.js';`)
        .join(''),
      resolveDir: root,
    },
    outfile,
    mangleProps: /^_[a-z]/,
    plugins: [lean],
  });
}

function bundleProgram(outdir, commander) {
  return build({
    ...firstPass,
    entryPoints: ['src/start.ts'],
    outdir,
    outExtension: { '.js': '.cjs' },
    splitting: true,
    alias: { commander },
    plugins: [leaner],
  });
}

/** Built-in modules of which the SDK uses one function, late or never: loading them whole takes a while. */
const lateBuiltins = {
  'node:fs/promises': `import { readFile as read } from 'node:fs';
    export const readFile = (file, options) => new Promise((resolve, reject) => {
      read(file, options, (error, data) => (error ? reject(error) : resolve(data)));
    });
    export default { readFile };`,
  'node:zlib': `export const crc32 = (data, value) =>
    process.getBuiltinModule('node:zlib').crc32(data, value);`,
};

// What libraries bring along and the program never uses.
const leaner = {
  name: 'leaner',
  setup(plugin) {
    plugin.onResolve({ filter: /^node:(?:fs\/promises|zlib)$/ }, ({ path: name, importer }) =>
      /node_modules.(?:@smithy|@aws-sdk)/.test(importer)
        ? { path: name, namespace: 'late' }
        : undefined,
    );
    plugin.onLoad({ filter: /.*/, namespace: 'late' }, ({ path: name }) => ({
      contents: lateBuiltins[name],
    }));
    // The schemas of all operations. Keys that are computed from constants hide from esbuild that most
    // are unused. Errors are told apart by their wire code, which the SDK gives to errors without a
    // class of their own as well.
    plugin.onLoad({ filter: /dist-es\/schemas\/schemas_0\.js$/ }, ({ path: file }) => {
      const text = readFileSync(file, 'utf8');
      const constants = new Map(
        [...text.matchAll(/^const (_\w+) = ("[^"]*");$/gm)].map(([, name, value]) => [name, value]),
      );
      return {
        contents: text
          .replaceAll(/\[(_\w+)\]: /g, (key, name) =>
            constants.has(name) ? `${constants.get(name)}: ` : key,
          )
          .replaceAll(/^n0_registry\.registerError\(.*\);$/gm, (line) =>
            file.includes('nested-clients') ? line : '',
          ),
      };
    });
    // Ninety spinners; ora shows the first of these two.
    plugin.onLoad({ filter: /cli-spinners\/spinners\.json$/ }, ({ path: file }) => {
      const { dots, line } = JSON.parse(readFileSync(file, 'utf8'));
      return { contents: JSON.stringify({ dots, line }), loader: 'json' };
    });
    // Reads the user agents of browsers.
    plugin.onLoad({ filter: /bowser\/bowser\.mjs$/ }, () => ({ contents: 'export default {};' }));
  },
};

/**
 * Second pass. What every start needs becomes main.cjs, what every error needs failure.cjs, what every
 * command needs run.cjs, what keys need key-pair.cjs, what every command that talks to AWS needs sdk.cjs; all other chunks stay
 * files of their own.
 */
async function convert({ outputs }) {
  const folder = path.join(work, 'chunks');
  const chunks = new Map(
    Object.entries(outputs).map(([file, output]) => [path.basename(file), output]),
  );
  const entry = (source) =>
    [...chunks].find(([, { entryPoint }]) => entryPoint?.endsWith(source))[0];
  const taken = new Set();
  const group = (source) =>
    [...withStaticImports(entry(source), chunks)].filter(
      (name) => !taken.has(name) && taken.add(name),
    );
  const groups = {
    'main.cjs': group('/start.ts'),
    'failure.cjs': group('/report-failure.ts'),
    'run.cjs': group('/run-command.ts'),
    'key-pair.cjs': group('/create-key-pair.ts'),
    'sdk.cjs': group('/aws/sts.ts'),
  };
  // Where each chunk of a group is found: a file, and its member there.
  const places = new Map(
    Object.entries(groups).flatMap(([file, names]) =>
      names.map((name, index) => [name, { file, member: `m${index}` }]),
    ),
  );

  for (const [file, names] of Object.entries(groups)) {
    const members = names.map((name) => `export * as ${places.get(name).member} from './${name}';`);
    if (file === 'main.cjs') members.push(`export { start } from './start.cjs';`);
    await build({
      ...secondPass,
      stdin: { contents: members.join(''), resolveDir: folder },
      outfile: path.join(dist, file),
      plugins: [inPlace({ places, own: file })],
    });
  }
  for (const name of chunks.keys()) {
    if (places.has(name)) continue;
    await build({
      ...secondPass,
      entryPoints: [path.join(folder, name)],
      outfile: path.join(dist, name),
      plugins: [inPlace({ places, own: name })],
    });
  }
}

/** Imports of chunks that went into a group come from its file; all others stay imports of files. */
function inPlace({ places, own }) {
  return {
    name: 'in-place',
    setup(plugin) {
      plugin.onResolve({ filter: /^\.\/[^/]+\.cjs$/ }, ({ path: request, namespace }) => {
        const name = request.slice(2);
        const place = namespace === 'in-place' ? undefined : places.get(name);
        if (place === undefined) return { path: request, external: true };
        return place.file === own ? undefined : { path: name, namespace: 'in-place' };
      });
      plugin.onLoad({ filter: /.*/, namespace: 'in-place' }, ({ path: name }) => {
        const { file, member } = places.get(name);
        return { contents: `module.exports = require('./${file}').${member};` };
      });
    },
  };
}

/** The entry, which answers `--version` by itself and loads main.cjs for everything else. */
function bundleEntry() {
  const toMain = {
    name: 'to-main',
    setup(plugin) {
      plugin.onResolve({ filter: /\/start\.ts$/ }, () => ({ path: './main.cjs', external: true }));
    },
  };
  return build({
    ...secondPass,
    entryPoints: ['src/cli.ts'],
    outfile: path.join(dist, 'cli.cjs'),
    plugins: [toMain],
  });
}

function withStaticImports(name, chunks, found = new Set()) {
  if (found.has(name)) return found;
  found.add(name);
  for (const { path: file, kind, external } of chunks.get(name).imports) {
    if (kind === 'import-statement' && external !== true) {
      withStaticImports(path.basename(file), chunks, found);
    }
  }
  return found;
}

/** The licences of all bundled packages; a text that several share is there once. */
function licences(builds) {
  const inputs = builds.flatMap(({ metafile }) => Object.keys(metafile.inputs));
  const folders = inputs.map((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0]);
  const found = new Set(folders.filter((folder) => folder !== undefined));
  const sharers = new Map();
  for (const folder of [...found].toSorted()) {
    const { name, version, license } = JSON.parse(
      readFileSync(path.join(root, folder, 'package.json'), 'utf8'),
    );
    const text = licenceText(path.join(root, folder));
    // The Apache licence shows how to write a copyright line, with one that differs.
    const key = text
      .replaceAll(/^\s*Copyright .*$/gm, '')
      .replaceAll(/\s+/g, ' ')
      .trim();
    const sharer = sharers.get(key) ?? { packages: [], copyrights: new Set(), text };
    sharer.packages.push(`${name} ${version} (${license})`);
    for (const [line] of text.matchAll(/^\s*Copyright (?:\(c\) )?\d.*$/gim)) {
      sharer.copyrights.add(line.trim());
    }
    sharers.set(key, sharer);
  }
  return [...sharers.values()]
    .map(({ packages, copyrights, text }) =>
      [packages.join('\n'), [...copyrights].join('\n'), text.trim()].join('\n\n'),
    )
    .join(`\n\n${'-'.repeat(80)}\n\n`);
}

function licenceText(folder) {
  const file = readdirSync(folder).find((name) => /^(?:un)?licen[cs]e(?:\.|$)/i.test(name));
  return file === undefined
    ? ''
    : readFileSync(path.join(folder, file), 'utf8').replaceAll('\r\n', '\n');
}

try {
  const parser = await bundleParser(path.join(work, 'commander.mjs'));
  const program = await bundleProgram(path.join(work, 'chunks'), path.join(work, 'commander.mjs'));
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist);
  await convert(program.metafile);
  await bundleEntry();
  writeFileSync(path.join(dist, 'LICENSES.txt'), licences([parser, program]));
} finally {
  rmSync(work, { recursive: true, force: true });
}
