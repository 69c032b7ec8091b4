// Runs once before the endpoint tests, and only when one of them runs. A machine that cannot run them
// still runs all the others: the problem is handed on, and fails each endpoint test with its text.

import type { TestProject } from 'vitest/node';
import { installPackages, type PythonTools } from '../python-packages.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    pythonTools: PythonTools | { readonly problem: string };
  }
}

/** moto's own `[server]` extra adds 180 MB for services not used here. */
const requirements = ['moto[s3]==5.2.5', 'flask==3.1.3', 'flask-cors==6.0.5', 'awscli==1.46.3'];

/** Vitest's global setup. */
export default async function setup(project: TestProject): Promise<void> {
  try {
    const wish = { folder: 'endpoint-tools', requirements, tests: 'the endpoint tests' };
    project.provide('pythonTools', await installPackages(wish));
  } catch (error) {
    project.provide('pythonTools', {
      problem: error instanceof Error ? error.message : String(error),
    });
  }
}
