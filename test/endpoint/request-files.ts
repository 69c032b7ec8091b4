// Carries a dry run out by hand, as an operator would: the numbered request files, one after another,
// through the AWS CLI, with the placeholders filled in from the CLI's own answers.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { awsCli, type AwsCliTarget } from './aws-cli.ts';

/** One request file: `03-s3api-put-object-keys-json.json`. */
export type RequestFile = {
  readonly name: string;
  readonly service: string;
  readonly operation: string;
};

const operations = [
  'create-bucket',
  'put-public-access-block',
  'put-bucket-ownership-controls',
  'put-bucket-encryption',
  'put-bucket-policy',
  'put-object',
  'create-origin-access-control',
  'create-distribution-with-tags',
  'create-open-id-connect-provider',
  'create-role',
  'put-role-policy',
];

/** The request files of a folder in order of use. Throws where a name is not one of the operations. */
export function requestFiles(folder: string): readonly RequestFile[] {
  const names = fs
    .readdirSync(folder)
    .filter((name) => /^\d+-(?:s3api|cloudfront|iam)-/.test(name));
  return names.toSorted().map((name) => {
    const [, service = '', rest = ''] = /^\d+-(s3api|cloudfront|iam)-(.*)\.json$/.exec(name) ?? [];
    const operation = operations.find((known) => rest === known || rest.startsWith(`${known}-`));
    if (operation === undefined) throw new Error(`no operation is known for "${name}"`);
    return { name, service, operation };
  });
}

/** What an answer of the CLI tells about placeholders. */
const learned: { readonly [operation: string]: (answer: unknown) => Record<string, string> } = {
  'create-origin-access-control': (answer) => {
    const { OriginAccessControl } = answer as { OriginAccessControl: { Id: string } };
    return { '<origin-access-control-id>': OriginAccessControl.Id };
  },
  'create-distribution-with-tags': (answer) => {
    const { Distribution } = answer as { Distribution: { Id: string; DomainName: string } };
    return {
      '<distribution-id>': Distribution.Id,
      '<distribution-domain-name>': Distribution.DomainName,
    };
  },
};

/**
 * Feeds every request file of the folder to the AWS CLI, on a copy; `pause` comes after each of them.
 * Gives the placeholders that were filled in. Throws where the CLI fails or a placeholder is unknown.
 */
export async function applyByHand(
  folder: string,
  target: AwsCliTarget,
  pause: (done: RequestFile) => Promise<void>,
): Promise<readonly string[]> {
  const known = new Map<string, string>();
  const used = new Set<string>();
  const copy = fs.mkdtempSync(`${folder}-by-hand-`);
  const filled = (name: string): string => {
    let text = fs.readFileSync(path.join(folder, name), 'utf8');
    for (const [placeholder, value] of known) {
      if (text.includes(placeholder)) used.add(placeholder);
      text = text.replaceAll(placeholder, value);
    }
    const unknown = /<[a-z][a-z0-9-]*>/.exec(text)?.[0];
    if (unknown !== undefined)
      throw new Error(`nobody knows ${unknown} when "${name}" is its turn`);
    fs.writeFileSync(path.join(copy, name), text);
    return path.join(copy, name);
  };

  for (const file of requestFiles(folder)) {
    const input = filled(file.name);
    const body = file.operation === 'put-object' ? ['--body', filled(bodyOf(input))] : [];
    const words = [file.service, file.operation, '--cli-input-json', `file://${input}`, ...body];
    const answer = await awsCli(target, words);
    for (const [placeholder, value] of Object.entries(learned[file.operation]?.(answer) ?? {})) {
      known.set(placeholder, value);
    }
    await pause(file);
  }
  return [...used];
}

/** The document that belongs to a put-object request, by its key. */
function bodyOf(requestFile: string): string {
  const { Key } = JSON.parse(fs.readFileSync(requestFile, 'utf8')) as { readonly Key: string };
  return Key === '.well-known/openid-configuration' ? '02-openid-configuration' : '03-keys.json';
}
