// What a dry run writes is what the program does: its request files, fed to the AWS CLI, make the same
// resources on a fresh local AWS as the command itself makes on another.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeMadeRequests } from '../fixtures/made-requests.ts';
import { openScene, type Scene } from '../flows/scene.ts';
import type { AwsCliTarget } from './aws-cli.ts';
import { applyByHand, requestFiles, type RequestFile } from './request-files.ts';

const region = 'eu-west-1';
const place = ['--name', 'my-cluster', '--region', region];
const extras = ['--tag', 'team=a+b', '--role-path', '/clusters/', '--max-session-duration', '2h'];
const layouts: readonly (readonly [string, readonly string[]])[] = [
  ['private', []],
  ['public', ['--public-s3-bucket']],
];

let program: Scene;
let byHand: Scene;

beforeEach(async () => {
  program = await openScene();
  byHand = await openScene();
  writeMadeRequests(path.join(program.root, 'requests'), 3);
  await program.run(['create-key-pair', '--key-size', '2048']);
});

afterEach(async () => {
  await program.close();
  await byHand.close();
});

function createAll(...more: readonly string[]) {
  const requests = ['--credentials-requests-dir', 'requests'];
  return program.run(['create-all', ...place, ...requests, ...extras, ...more]);
}

/** A distribution is waited for, since IAM reads the documents when the provider is made. */
async function pause(done: RequestFile): Promise<void> {
  if (done.operation === 'create-distribution-with-tags') byHand.clock.advance(600_000);
}

describe.each(layouts)('the request files of create-all --dry-run, %s layout', (_, flags) => {
  it('make the same resources through the AWS CLI as the command itself', async () => {
    const planned = await createAll('--dry-run', ...flags);
    expect(planned).toMatchObject({ code: 0, json: { ok: true, dryRun: true } });
    expect(program.aws.calls.filter(({ write }) => write)).toEqual([]);

    const { endpoint, credentials } = byHand.aws;
    const target: AwsCliTarget = { endpoint, credentials, region };
    const filled = await applyByHand(program.folder, target, pause);
    const applied = await createAll(...flags);

    expect(applied).toMatchObject({ code: 0 });
    expect(applied.json.changes.map(({ resource, action }) => ({ resource, action }))).toEqual(
      planned.json.changes.map(({ resource, action }) => ({ resource, action })),
    );
    expect(byHand.aws.snapshot()).toEqual(program.aws.snapshot());
    expect(filled.length).toBe(flags.length === 0 ? 3 : 0);
  });

  it('are the writes of the command in the same order', async () => {
    await createAll('--dry-run', ...flags);
    const operations = requestFiles(program.folder).map(({ operation }) =>
      operation.replaceAll('-', ''),
    );
    await createAll(...flags);
    const written = program.aws.calls.filter(({ write }) => write);
    const names = written.map(({ operation }) => operation.split(':')[1]?.toLowerCase());

    // Roles are made side by side, so that only each role's own two requests have an order.
    const beforeRoles = names.indexOf('createrole');
    expect(operations.slice(0, beforeRoles)).toEqual(names.slice(0, beforeRoles));
    expect(operations.toSorted()).toEqual(names.toSorted());
  });

  it('contain no body, and no key file is written', async () => {
    await createAll('--dry-run', ...flags);
    const files = fs.readdirSync(program.folder).filter((name) => /^\d+-.*\.json$/.test(name));
    const texts = files.map((name) => program.read(name));
    expect(texts.length).toBeGreaterThan(5);
    expect(texts.filter((text) => /"Body"|PRIVATE KEY/.test(text))).toEqual([]);
  });
});
