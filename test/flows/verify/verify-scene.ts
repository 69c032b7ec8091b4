// One created cluster for a file of tests: `keep` remembers AWS and the folder, `restore` brings them back,
// so that each test damages a healthy cluster without making it anew.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { writeMadeRequests } from '../../fixtures/made-requests.ts';
import { iamAccount, type IamAccount, type IamRole } from '../../local-aws/iam/iam-state.ts';
import type { LocalDistribution } from '../../local-aws/cloudfront/cloudfront-state.ts';
import type { Bucket } from '../../local-aws/s3/s3-state.ts';
import { openScene, type Outcome, type Scene } from '../scene.ts';

export const account = '111122223333';

/** A row of the result, loosely. */
export type Row = {
  readonly id: string;
  readonly status: string;
  readonly subject: string;
  readonly detail: string;
  readonly hint: string | null;
};

export type VerifyScene = Scene & {
  readonly issuer: string;
  /** Runs verify on the cluster. */
  readonly verify: (words?: readonly string[]) => Promise<Outcome>;
  /** What stands now is what `restore` brings back. */
  readonly keep: () => void;
  /** Brings back the healthy cluster. */
  readonly restore: () => void;
  readonly bucket: () => Bucket;
  readonly distribution: () => LocalDistribution;
  readonly iam: () => IamAccount;
  readonly role: () => IamRole;
};

/** Makes the cluster, with two roles. */
export async function openVerify(flags: readonly string[] = []): Promise<VerifyScene> {
  const scene = await openScene({ deployMs: 0 });
  writeMadeRequests(path.join(scene.root, 'requests'), 2);
  await scene.run(['create-key-pair', '--key-size', '2048']);
  const words = ['create-all', '--name', 'c', '--credentials-requests-dir', 'requests', ...flags];
  const made = await scene.run(words);
  if (made.code !== 0) throw new Error(made.stderr);
  let kept = clone(scene.aws.state);
  const keptFolder = path.join(scene.root, 'kept');
  fs.cpSync(scene.folder, keptFolder, { recursive: true });

  const iam = (): IamAccount => iamAccount(scene.aws.state.iam, account);
  const first = <Item>(items: Iterable<Item>): Item => {
    for (const item of items) return item;
    throw new Error('nothing there');
  };
  return {
    ...scene,
    issuer: made.json.result.identityProvider.issuer,
    verify: (words = []) => scene.run(['verify', '--name', 'c', ...words]),
    keep: () => {
      kept = clone(scene.aws.state);
    },
    restore: () => {
      for (const [service, state] of Object.entries(clone(kept))) {
        Object.assign(scene.aws.state[service as keyof typeof kept], state);
      }
      fs.rmSync(scene.folder, { recursive: true });
      fs.cpSync(keptFolder, scene.folder, { recursive: true });
    },
    bucket: () => first(scene.aws.state.s3.buckets.values()),
    distribution: () => first(scene.aws.state.cloudfront.distributions.values()),
    iam,
    role: () => first(iam().roles.values()),
  };
}

/** The findings of a run: failures, then warnings, in order. */
export function findings({ json }: Outcome): readonly Row[] {
  const rows = json.result.checks as readonly Row[];
  return ['fail', 'warn'].flatMap((status) => rows.filter((row) => row.status === status));
}

/** A copy of plain data, with maps, sets, dates and buffers. */
function clone<Value>(value: Value): Value {
  const copy = (one: unknown): unknown => {
    if (one instanceof Map) return new Map([...one].map(([key, item]) => [key, copy(item)]));
    if (one instanceof Set) return new Set(one);
    if (one instanceof Date) return new Date(one);
    if (Buffer.isBuffer(one)) return Buffer.from(one);
    if (Array.isArray(one)) return one.map(copy);
    if (typeof one !== 'object' || one === null) return one;
    return Object.fromEntries(Object.entries(one).map(([key, item]) => [key, copy(item)]));
  };
  return copy(value) as Value;
}
