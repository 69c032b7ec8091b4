// What a dry run leaves: the plan as `+ ~ -` lines, and the requests as files that
// `aws <service> <operation> --cli-input-json` takes as they are, in order of use.

import type { Change, WriteRequest } from '../../core/change.ts';
import { placeholdersIn } from '../../core/placeholder.ts';
import type { OutputFolder } from '../../local/output-folder.ts';
import { changeLine } from './change-line.ts';
import { plannedCount } from './change-count.ts';
import { heading, type Page } from './page.ts';

/** A request file, and how the AWS CLI is given it. */
export type RequestFile = { readonly path: string; readonly command: string };

/** Request files of this program only: ccoctl's have other names. */
const earlierFile =
  /^\d{2,}-(?:s3api|cloudfront|iam|acm|route53)-(?:add|attach|change|create|delete|detach|put|remove|request|tag|untag|update)[a-z-]*(?:-.*)?\.json$|^\d{2}-(?:openid-configuration|keys\.json|rotation(?:-\d+)?\.json)$/;

/** The plan, where its requests lie, and the total. `--verbose` prints a command for each request. */
export function planText(
  plan: { readonly changes: readonly Change[]; readonly requests: readonly RequestFile[] },
  page: Page,
): string {
  const { changes, requests } = plan;
  if (changes.length === 0) return 'Plan: nothing to change.';
  const total = page.style.strong(
    `Plan: ${plannedCount(changes)}. This was a dry run: nothing was written to AWS.`,
  );
  return [
    heading(page, 'Changes'),
    ...changes.map((change) => changeLine(change, page.style)),
    ...byHand(requests, page),
    '',
    total,
  ].join('\n');
}

function byHand(requests: readonly RequestFile[], page: Page): readonly string[] {
  if (requests.length === 0) return [];
  const [first = ''] = /^\d+-/.exec(requests[0]?.path ?? '') ?? [];
  const where = `${requests.length} request files for the AWS CLI (${page.fileName(first)}* and on) do the same by hand`;
  const more = page.verbose ? ':' : '; --verbose prints the commands';
  return [
    '',
    `${where}${more}`,
    ...(page.verbose ? requests.map((request) => `  ${request.command}`) : []),
  ];
}

/**
 * Writes the request files and the documents they upload, after removing those of an earlier dry
 * run. The commands name the region: the AWS CLI's own default may be another, or in another partition.
 * Numbers have the same width throughout, so that names sort in order of use.
 */
export function writeRequestFiles(
  folder: OutputFolder,
  requests: readonly WriteRequest[],
  region: string,
): readonly RequestFile[] {
  removeRequestFiles(folder);
  const bodies = new Map<string, string>();
  const width = Math.max(2, String(requests.length).length);
  return requests.map((request, index) => {
    const id = request.id === undefined ? '' : `-${request.id.replaceAll(/[^\w.-]/g, '-')}`;
    const number = String(index + 1).padStart(width, '0');
    const path = `${number}-${request.service}-${request.operation}${id}.json`;
    folder.write(path, `${JSON.stringify(request.input, undefined, 2)}\n`, 0o644);
    const base = `aws ${request.service} ${request.operation} --region ${request.region ?? region} --cli-input-json file://${path}`;
    if (request.body === undefined) return { path, command: base };
    const fileName = bodyFileName(bodies, request.body);
    bodies.set(fileName, request.body.text);
    folder.write(fileName, request.body.text, 0o644);
    return { path, command: `${base} --body ${fileName}` };
  });
}

/** Removes the request files and documents of an earlier dry run; gives how many there were. */
export function removeRequestFiles(folder: OutputFolder): number {
  const earlier = folder.list('.').filter((name) => earlierFile.test(name));
  for (const name of earlier) folder.remove(name);
  return earlier.length;
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
