// 10,000 CredentialsRequests against a bare parse of the same files, both built as dist/ is.

import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { build } from 'rolldown';
import { writeMadeRequests } from '../fixtures/made-requests.ts';
import { peakMemoryOf, ratiosOf, type Command } from './process-runs.ts';
import { judge, type Row } from './table.ts';

const count = 10_000;

/** Time against the bare parse, and peak memory, of which a part grows with the number. */
export async function loadingRows(): Promise<readonly Row[]> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'oidc-bootstrap-bench-'));
  try {
    const requests = path.join(folder, 'requests');
    writeMadeRequests(requests, count);
    const ours = await built(new URL('load-requests.ts', import.meta.url), folder);
    const bare = await built(new URL('parse-yaml.ts', import.meta.url), folder);
    const on = (script: string): Command => ({ file: process.execPath, words: [script, requests] });
    const measured = ratiosOf(on(bare), { ours: on(ours) }, 5).get('ours');
    const { ratio, milliseconds } = measured ?? { ratio: Number.NaN, milliseconds: Number.NaN };
    const peak = peakMemoryOf(on(ours)) / 1024;
    return [
      {
        what: `loading ${count} CredentialsRequests`,
        measured: `${ratio.toFixed(2)}x  ${milliseconds.toFixed(0)} ms`,
        target: '1.15x of a bare YAML parse',
        verdict: judge(ratio, 1.15),
      },
      {
        what: `peak memory of loading ${count}`,
        measured: `${peak.toFixed(0)} MiB`,
        target: '130 MiB',
        verdict: judge(peak, 130),
      },
    ];
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

async function built(script: URL, folder: string): Promise<string> {
  const file = path.join(folder, `${path.basename(script.pathname, '.ts')}.cjs`);
  await build({
    input: script.pathname,
    platform: 'node',
    resolve: { mainFields: ['module', 'main'] },
    output: { file, format: 'cjs', minify: true, codeSplitting: false },
  });
  return file;
}
