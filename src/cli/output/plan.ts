// What a dry run leaves: the plan as `+ ~ -` lines, and the requests as files that
// `aws <service> <operation> --cli-input-json` takes as they are, in order of use.

import type { Change, WriteRequest } from '../../core/change.ts';
import { placeholdersIn } from '../../core/placeholder.ts';
import type { OutputFolder } from '../../local/output-folder.ts';
import { changeLine } from './change-line.ts';
import type { Style } from './style.ts';

/** A request file, and how the AWS CLI is given it. */
export type RequestFile = { readonly path: string; readonly command: string };

/** Request files of this program only: ccoctl's have other names. */
const earlierFile =
  /^\d{2,}-(?:s3api|cloudfront|iam)-(?:add|attach|create|delete|detach|put|remove|tag|untag|update)[a-z-]*(?:-.*)?\.json$|^\d{2}-(?:openid-configuration|keys\.json|rotation(?:-\d+)?\.json)$/;

/** The plan, and the requests to carry it out by hand. */
export function planText(
  plan: { readonly changes: readonly Change[]; readonly requests: readonly RequestFile[] },
  style: Style,
): string {
  if (plan.changes.length === 0) return 'Nothing to change.';
  const lines = plan.changes.map((change) => changeLine(change, style));
  const commands = plan.requests.map((request) => `  ${request.command}`);
  return [
    'Plan (nothing was written to AWS):',
    ...lines,
    '',
    'The same by hand, in the output folder, with the placeholders filled in:',
    ...commands,
  ].join('\n');
}

/**
 * Writes the request files and the documents they upload, after removing those of an earlier dry
 * run. Numbers have the same width throughout, so that names sort in order of use.
 */
export function writeRequestFiles(
  folder: OutputFolder,
  requests: readonly WriteRequest[],
): readonly RequestFile[] {
  for (const name of folder.list('.')) {
    if (earlierFile.test(name)) folder.remove(name);
  }
  const bodies = new Map<string, string>();
  const width = Math.max(2, String(requests.length).length);
  return requests.map((request, index) => {
    const id = request.id === undefined ? '' : `-${request.id.replaceAll(/[^\w.-]/g, '-')}`;
    const number = String(index + 1).padStart(width, '0');
    const path = `${number}-${request.service}-${request.operation}${id}.json`;
    folder.write(path, `${JSON.stringify(request.input, undefined, 2)}\n`, 0o644);
    const base = `aws ${request.service} ${request.operation} --cli-input-json file://${path}`;
    if (request.body === undefined) return { path, command: base };
    const fileName = bodyFileName(bodies, request.body);
    bodies.set(fileName, request.body.text);
    folder.write(fileName, request.body.text, 0o644);
    return { path, command: `${base} --body ${fileName}` };
  });
}

/** The file of a body; an object that one plan writes several times gets one file for each content. */
function bodyFileName(
  written: ReadonlyMap<string, string>,
  body: { readonly fileName: string; readonly text: string },
): string {
  for (let count = 1; ; count += 1) {
    const name = count === 1 ? body.fileName : body.fileName.replace(/(\.\w+)?$/, `-${count}$1`);
    if ((written.get(name) ?? body.text) === body.text) return name;
  }
}

/** The placeholders in requests and documents, in order of first use. */
export function placeholdersOf(requests: readonly WriteRequest[]): readonly string[] {
  const texts = requests.flatMap((request) => [
    JSON.stringify(request.input),
    request.body?.text ?? '',
  ]);
  return placeholdersIn(texts.join('\n'));
}
