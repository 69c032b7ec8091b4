// Brings Python packages, at fixed versions, into `.cache/` of this checkout: once, by python3 and pip.
// Nothing of the machine is changed, and a second use takes no time.

import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { promisify } from 'node:util';

/** What pip is asked for, and for whom. */
export type PackageWish = {
  /** Folder in `.cache/`. */
  readonly folder: string;
  readonly requirements: readonly string[];
  /** As messages begin: `the endpoint tests`. */
  readonly tests: string;
};

/** How to run the installed modules: `python -m moto.server`, `python -m awscli`. */
export type PythonTools = {
  /** The interpreter, absolute or by name. */
  readonly python: string;
  /** Where the modules are, beside the interpreter's own; undefined in a virtual environment. */
  readonly pythonPath: string | undefined;
  /** Where programs of the packages are. */
  readonly programs: string;
};

const run = promisify(execFile);
const cacheFolder = new URL('../.cache/', import.meta.url).pathname;

/** The packages, installed first where they are not. Throws with what to do where that is impossible. */
export async function installPackages(wish: PackageWish): Promise<PythonTools> {
  const version = await pythonVersion(wish);
  const name = ['python', version, ...wish.requirements].join('-').replaceAll(/[^\w.-]+/g, '-');
  const folder = path.join(cacheFolder, wish.folder, name);
  if (!fs.existsSync(folder)) await installInto(folder, wish);
  return toolsIn(folder);
}

/** Major and minor version of `python3`. */
async function pythonVersion({ tests, requirements }: PackageWish): Promise<string> {
  const script = 'import sys; print("%d.%d" % sys.version_info[:2])';
  try {
    return (await run('python3', ['-c', script])).stdout.trim();
  } catch (error) {
    throw new Error(
      `${tests} need python3 (3.10 or newer) on PATH, to install ${requirements.join(', ')}: ` +
        `install it, or leave these tests out with --project program (${reason(error)})`,
      { cause: error },
    );
  }
}

/** A half-made installation is never seen: it gets its name when it is complete. */
async function installInto(folder: string, wish: PackageWish): Promise<void> {
  fs.mkdirSync(path.dirname(folder), { recursive: true });
  const temporary = fs.mkdtempSync(path.join(path.dirname(folder), 'new-'));
  try {
    await installRequirements(temporary, wish);
    fs.renameSync(temporary, folder);
  } catch (error) {
    fs.rmSync(temporary, { recursive: true, force: true });
    // Another run was faster: its installation is as good.
    if (!fs.existsSync(folder)) throw error;
  }
}

/** Debian's python3 has no ensurepip, so no usable venv, but may have pip: that is enough. */
async function installRequirements(
  folder: string,
  { tests, requirements }: PackageWish,
): Promise<void> {
  const install = ['-m', 'pip', 'install', '--disable-pip-version-check', '--quiet'];
  const problems: string[] = [];
  try {
    await run('python3', ['-m', 'venv', path.join(folder, 'venv')]);
  } catch (error) {
    problems.push(`python3 -m venv: ${reason(error)}`);
    fs.rmSync(path.join(folder, 'venv'), { recursive: true, force: true });
  }
  const tools = toolsIn(folder);
  const target = tools.pythonPath === undefined ? [] : ['--target', tools.pythonPath];
  try {
    await run(tools.python, [...install, ...target, ...requirements]);
  } catch (error) {
    problems.push(`python3 -m pip install: ${reason(error)}`);
    throw new Error(
      `${tests} could not install ${requirements.join(', ')}; they need python3 (3.10 or newer) ` +
        `with venv or pip, and a Python package index:\n  ${problems.join('\n  ')}`,
      { cause: error },
    );
  }
}

function toolsIn(folder: string): PythonTools {
  const python = path.join(folder, 'venv', 'bin', 'python');
  if (fs.existsSync(python)) {
    return { python, pythonPath: undefined, programs: path.dirname(python) };
  }
  const pythonPath = path.join(folder, 'modules');
  return { python: 'python3', pythonPath, programs: path.join(pythonPath, 'bin') };
}

/** The last words of a failed command. */
function reason(error: unknown): string {
  const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
  const text = stderr === '' ? String(error) : stderr;
  return text.split('\n').slice(-3).join(' ').trim();
}
