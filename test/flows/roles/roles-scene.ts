// The scene of the role tests: one provider in an otherwise empty account, and short functions for what
// the tests do and read. Call `openRoles` before each test and `closeRoles` after it.

import * as path from 'node:path';
import { writeRequests, type SmallRequest } from '../../fixtures/role-requests.ts';
import { iamAccount, type IamAccount, type IamRole } from '../../local-aws/iam/iam-state.ts';
import type { LocalAwsOptions } from '../../local-aws/server.ts';
import { openScene, type Document, type Outcome, type RunChange, type Scene } from '../scene.ts';

export const account = '111122223333';
export const host = 'd111111abcdef8.cloudfront.net';
export const providerArn = `arn:aws:iam::${account}:oidc-provider/${host}`;
export const fixtures = path.join(import.meta.dirname, '../../fixtures/credentials-requests');
export const storage = 'c-example-storage-storage-cloud-credentials';
export const registry = 'c-example-registry-registry-credentials';
/** The scene of the running test. */
export let scene: Scene;

/** Opens the scene. */
export async function openRoles(options: LocalAwsOptions = {}): Promise<void> {
  scene = await openScene(options);
  iam().oidcProviders.set(providerArn, {
    arn: providerArn,
    url: `https://${host}`,
    clientIds: ['openshift', 'sts.amazonaws.com'],
    thumbprints: [],
    tags: [{ key: 'oidc-bootstrap/c', value: 'owned' }],
    createdAt: new Date(0),
  });
}
/** Closes the scene. */
export async function closeRoles(): Promise<void> {
  await scene.close();
}

export const iam = (): IamAccount => iamAccount(scene.aws.state.iam, account);

/** A role that must exist. */
export function role(name: string): IamRole {
  const found = iam().roles.get(name);
  if (found === undefined) throw new Error(`no role ${name}: ${[...iam().roles.keys()].join()}`);
  return found;
}

export const trustOf = (name: string) => JSON.parse(role(name).trustPolicy);
export const policyOf = (name: string) => JSON.parse(role(name).inlinePolicies.get(name) ?? 'null');
export const tagsOf = (name: string): object =>
  Object.fromEntries(role(name).tags.map(({ key, value }) => [key, value]));

/** Runs create-iam-roles for the provider, with the fixtures unless the flags name another folder. */
export async function create(
  words: readonly string[] = [],
  change: RunChange = {},
): Promise<Outcome> {
  const requests = words.includes('--credentials-requests-dir')
    ? []
    : ['--credentials-requests-dir', fixtures];
  const provider = ['--identity-provider-arn', providerArn];
  return await scene.run(
    ['create-iam-roles', '--name', 'c', ...provider, ...requests, ...words],
    change,
  );
}

/** Runs create-iam-roles with a folder of these requests. */
export async function createFor(
  requests: readonly SmallRequest[],
  words: readonly string[] = [],
): Promise<Outcome> {
  const folder = path.join(scene.root, 'requests');
  writeRequests(folder, requests);
  return await create(['--credentials-requests-dir', folder, ...words]);
}

export const writesSince = (start: number): readonly string[] =>
  scene.aws.calls
    .slice(start)
    .filter((call) => call.write)
    .map((call) => call.operation);

export const details = ({ changes }: Document): readonly string[] =>
  changes.map(({ id, action, detail }) => `${action} ${id}: ${detail}`);
