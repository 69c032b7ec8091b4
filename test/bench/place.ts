// Where the rows that need AWS are measured: a fresh local AWS in a process of its own, a folder with a
// key pair, and the build in dist/.

import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { startAwsProcess, type AwsProcess, type BenchAwsOptions } from './aws-process.ts';
import { timeOf, type Command } from './process-runs.ts';

const program = path.join(import.meta.dirname, '..', '..', 'bin', 'oidc-bootstrap.cjs');

export type Place = {
  readonly aws: AwsProcess;
  /** Runs in the place's folder, on its AWS; the last members of `env` win. */
  readonly ours: (words: readonly string[], env?: { readonly [name: string]: string }) => Command;
  readonly folder: string;
};

/** Removed at the end: ext4 makes files slowly for a minute after many were deleted. */
const leftFolders: string[] = [];
process.once('exit', () => {
  for (const folder of leftFolders) fs.rmSync(folder, { recursive: true, force: true });
});

/** A fresh AWS and a folder with a key pair. */
export async function inPlace<Result>(
  options: BenchAwsOptions,
  measure: (place: Place) => Promise<Result>,
): Promise<Result> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'oidc-bootstrap-bench-'));
  const aws = await startAwsProcess(options);
  const ours: Place['ours'] = (words, env = {}) => ({
    file: process.execPath,
    words: [program, ...words, '--output-dir', folder],
    env: { ...aws.env, ...env },
  });
  try {
    timeOf(ours(['create-key-pair', '--key-size', '2048']));
    return await measure({ aws, ours, folder });
  } finally {
    await aws.close();
    leftFolders.push(folder);
  }
}
