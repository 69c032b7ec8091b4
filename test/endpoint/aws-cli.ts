// The AWS CLI as the tests use it: a separate program that knows AWS's API from AWS's own models.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { inject } from 'vitest';
import type { PythonTools } from '../python-packages.ts';

const run = promisify(execFile);

/** The installed Python tools; throws what stands in their way. */
export function pythonTools(): PythonTools {
  const tools = inject('pythonTools');
  if ('problem' in tools) throw new Error(tools.problem);
  return tools;
}

/** Environment for a Python tool: this one's, without its AWS configuration. */
export function pythonEnvironment(tools: PythonTools): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_'));
  return {
    ...Object.fromEntries(own),
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    ...(tools.pythonPath === undefined ? {} : { PYTHONPATH: tools.pythonPath }),
  };
}

export type AwsCliTarget = {
  readonly endpoint: string;
  readonly credentials: { readonly [name: string]: string };
  readonly region: string;
};

/** Runs `aws <words>`; gives its JSON answer, or undefined where it has none. Throws on a non-zero exit. */
export async function awsCli(target: AwsCliTarget, words: readonly string[]): Promise<unknown> {
  const tools = pythonTools();
  const options = [
    '--endpoint-url',
    target.endpoint,
    '--region',
    target.region,
    '--output',
    'json',
  ];
  const { stdout } = await run(tools.python, ['-m', 'awscli', ...words, ...options], {
    env: { ...pythonEnvironment(tools), ...target.credentials },
    maxBuffer: 16 * 1024 * 1024,
  });
  return stdout.trim() === '' ? undefined : (JSON.parse(stdout) as unknown);
}
