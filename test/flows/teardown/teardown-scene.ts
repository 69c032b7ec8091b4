// The scene of the teardown tests: a cluster "c" with two roles, another named "c-2" in the same
// account, and resources of others that must survive.

import * as path from 'node:path';
import { writeMadeRequests } from '../../fixtures/made-requests.ts';
import { iamAccount, type IamAccount } from '../../local-aws/iam/iam-state.ts';
import {
  addZone,
  type HostedZone,
  type ResourceRecord,
} from '../../local-aws/route53/route53-state.ts';
import type { Outcome, RunChange, Scene } from '../scene.ts';

export const account = '111122223333';

/** IAM of the account. */
export const iamOf = (scene: Scene): IamAccount => iamAccount(scene.aws.state.iam, account);

/** A cluster's resources, made by create-all; `folder` below the scene's root. */
export async function makeCluster(
  scene: Scene,
  cluster: {
    readonly name?: string;
    readonly folder?: string;
    readonly words?: readonly string[];
    readonly requests?: number;
  } = {},
): Promise<Outcome> {
  const { name = 'c', folder = 'out', words = [], requests = 2 } = cluster;
  const change = { folder: path.join(scene.root, folder) };
  writeMadeRequests(path.join(scene.root, 'requests'), requests);
  await scene.run(['create-key-pair', '--key-size', '2048'], change);
  const made = await scene.run(
    ['create-all', '--name', name, '--credentials-requests-dir', 'requests', ...words],
    change,
  );
  if (made.code !== 0) throw new Error(made.stderr);
  return made;
}

/** The domain of `makeOwnDomain`. */
export const host = 'oidc.example.com';

/** The same at a domain of its own, whose zone is in the account. */
export async function makeOwnDomain(
  scene: Scene,
  words: readonly string[] = [],
): Promise<HostedZone> {
  const zone = addZone(scene.aws.state.route53, { id: 'Z1', account, name: 'example.com' });
  await makeCluster(scene, { words: ['--domain', host, ...words] });
  return zone;
}

/** Runs delete for "c", approved unless the run has answers. */
export async function remove(
  scene: Scene,
  words: readonly string[] = [],
  change: RunChange = {},
): Promise<Outcome> {
  const approval = change.answers === undefined ? ['--yes'] : [];
  return await scene.run(['delete', '--name', 'c', ...approval, ...words], change);
}

/** What a run did, a line each. */
export const told = ({ json }: Outcome): readonly string[] =>
  json.changes.map(({ action, resource, id }) => `${action} ${resource} ${id}`);

/** Operations of the writes since a call. */
export const writesSince = (scene: Scene, start: number): readonly string[] =>
  scene.aws.calls
    .slice(start)
    .filter(({ write }) => write)
    .map(({ operation }) => operation);

/** Keeps what AWS holds now; the function brings it back, as often as it is called. */
export function keepState(scene: Scene): () => void {
  const { s3, cloudfront } = scene.aws.state;
  const { oidcProviders, roles } = iamOf(scene);
  const { certificates } = scene.aws.state.acm;
  const issued = [...certificates];
  const zones = [...scene.aws.state.route53.zones.values()].map((zone) => ({
    zone,
    records: new Map(zone.records),
  }));
  const buckets = [...s3.buckets.values()].map((bucket) => ({
    ...bucket,
    objects: new Map(bucket.objects),
  }));
  const distributions = [...cloudfront.distributions.values()].map((one) => ({ ...one }));
  const controls = [...cloudfront.originAccessControls];
  const identities = [...cloudfront.originAccessIdentities];
  const providers = [...oidcProviders];
  const kept = [...roles.values()].map((role) => ({
    ...role,
    inlinePolicies: new Map(role.inlinePolicies),
  }));
  return () => {
    for (const bucket of buckets) {
      s3.buckets.set(bucket.name, { ...bucket, objects: new Map(bucket.objects) });
    }
    for (const one of distributions) cloudfront.distributions.set(one.id, { ...one });
    for (const [id, control] of controls) cloudfront.originAccessControls.set(id, control);
    for (const [id, identity] of identities) cloudfront.originAccessIdentities.set(id, identity);
    for (const [arn, provider] of providers) oidcProviders.set(arn, provider);
    for (const [arn, certificate] of issued) certificates.set(arn, certificate);
    for (const { zone, records } of zones) zone.records = new Map(records);
    for (const role of kept) {
      roles.set(role.name, { ...role, inlinePolicies: new Map(role.inlinePolicies) });
    }
  };
}

/** Records that are neither name servers nor the start of their zone. */
export const recordsOf = (scene: Scene): readonly ResourceRecord[] =>
  [...scene.aws.state.route53.zones.values()].flatMap(({ records }) =>
    [...records.values()].filter(({ type }) => !['NS', 'SOA'].includes(type)),
  );

/** Aliases that lead to a distribution which is gone. */
export function danglingAliases(scene: Scene): readonly string[] {
  const served = [...scene.aws.state.cloudfront.distributions.values()];
  return recordsOf(scene)
    .flatMap(({ alias }) => alias?.dnsName ?? [])
    .filter((name) => !served.some(({ domainName }) => domainName === name));
}

/** How many resources of the account there are. */
export function sizeOf(scene: Scene): number {
  const { s3, cloudfront } = scene.aws.state;
  const { oidcProviders, roles } = iamOf(scene);
  const { distributions, originAccessControls, originAccessIdentities } = cloudfront;
  const { certificates } = scene.aws.state.acm;
  const hosting = [s3.buckets, distributions, originAccessControls, originAccessIdentities];
  return [...hosting, oidcProviders, certificates]
    .map(({ size }) => size)
    .reduce((sum, size) => sum + size, roles.size + recordsOf(scene).length);
}
