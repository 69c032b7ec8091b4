// Runs once before the endpoint tests, and only when one of them runs. A machine that cannot run them
// still runs all the others: the problem is handed on, and fails each endpoint test with its text.

import type { TestProject } from 'vitest/node';
import { installTools, type PythonTools } from './install.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    pythonTools: PythonTools | { readonly problem: string };
  }
}

/** Vitest's global setup. */
export default async function setup(project: TestProject): Promise<void> {
  try {
    project.provide('pythonTools', await installTools());
  } catch (error) {
    project.provide('pythonTools', {
      problem: error instanceof Error ? error.message : String(error),
    });
  }
}
