// Starts the local AWS in a process of its own and asks it what was called.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { LocalAwsOptions } from '../local-aws/server.ts';
import { cleanEnv } from './process-runs.ts';

/** Calls since the last question; `answered` counts by service those that were not throttled. */
export type Calls = {
  readonly calls: number;
  readonly throttled: number;
  readonly answered: { readonly [service: string]: number };
};

/** What the local AWS is started with; `isLarge`: the account is full of what other teams have. */
export type BenchAwsOptions = LocalAwsOptions & { readonly isLarge?: boolean };

export type AwsProcess = {
  /** Environment of a program that is to use it. */
  readonly env: { readonly [name: string]: string };
  readonly takeCalls: () => Promise<Calls>;
  readonly close: () => Promise<void>;
};

type Greeting = {
  readonly endpoint: string;
  readonly edgeUrl: string;
  readonly credentials: { readonly [name: string]: string };
};

/** A fresh AWS; options that are functions (a clock) cannot be given. */
export async function startAwsProcess(options: BenchAwsOptions = {}): Promise<AwsProcess> {
  const script = new URL('aws-server.ts', import.meta.url).pathname;
  const words = ['--import', 'tsx', script, JSON.stringify(options)];
  const child = spawn(process.execPath, words, {
    env: cleanEnv,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async <Value>(): Promise<Value> =>
    JSON.parse(String((await lines.next()).value)) as Value;
  const { endpoint, edgeUrl, credentials } = await nextLine<Greeting>();
  return {
    env: {
      ...credentials,
      AWS_REGION: 'eu-west-1',
      OIDC_BOOTSTRAP_ENDPOINT_URL: endpoint,
      OIDC_BOOTSTRAP_EDGE_URL: edgeUrl,
    },
    takeCalls: () => {
      child.stdin.write('calls\n');
      return nextLine<Calls>();
    },
    close: async () => {
      child.stdin.end();
      await once(child, 'exit');
    },
  };
}
