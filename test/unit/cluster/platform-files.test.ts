// Every file under `cluster/`, of every platform and phase, held against the platform's own rules: its
// fields, its merge, applied once and twice, and the flags with which kube-apiserver then starts.

import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { clusterFiles } from '../../../src/core/cluster/cluster-files.ts';
import { rotationFile, rotationPaths } from '../../../src/core/cluster/rotation-file.ts';
import { presentIssuer } from '../../../src/core/cluster/platform.ts';
import { models, refusalOf, type Flag } from './platform-models.ts';

const issuer = 'https://d1.cloudfront.net';
const made = { issuer, jwksUri: `${issuer}/keys.json` };
const phases = ['stage', 'promote', 'retire', 'rollback', 'emergency'] as const;
const newKey = (): string =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .publicKey.export({ type: 'spki', format: 'pem' })
    .toString();
const [current, next] = [newKey(), newKey()];
const accepted = (phase: (typeof phases)[number]): readonly string[] =>
  phase === 'emergency' ? [next] : [current, next];
const platforms = Object.keys(models) as readonly (keyof typeof models)[];

/** The documents of a file, checked against the format. */
function documentsOf(platform: keyof typeof models, file: string): readonly unknown[] {
  const present = /<present-issuer>/g;
  return parseAllDocuments(file.replaceAll(present, 'https://own.example.com'), {
    version: '1.1',
  }).map((document) => {
    expect(document.errors).toEqual([]);
    return models[platform].document.parse(document.toJS());
  });
}

/** Each file in order, put where the steps put it; gives the flags after each. */
function applied(
  platform: keyof typeof models,
  files: readonly { readonly text: string }[],
  { place, times }: { readonly place: string; readonly times: number },
): readonly (readonly Flag[])[] {
  const model = models[platform];
  let config = model.start;
  return files.map(({ text }) => {
    for (let time = 0; time < times; time += 1) {
      config = model.apply(config, documentsOf(platform, text), place);
    }
    const flags = model.flags(config);
    expect(refusalOf(flags)).toBeUndefined();
    return flags;
  });
}

const issuersOf = (flags: readonly Flag[] | undefined): readonly string[] =>
  (flags ?? []).flatMap(([name, value]) => (name === 'service-account-issuer' ? [value] : []));

test.each(platforms)('%s: the moves, each applied once or twice, start API servers', (platform) => {
  const files = clusterFiles(platform, made).filter(({ path }) => path.includes('move-'));
  const once = applied(platform, files, { place: '90-issuer.yaml', times: 1 });
  expect(applied(platform, files, { place: '90-issuer.yaml', times: 2 })).toEqual(once);
  expect(issuersOf(once.at(-1))).toEqual([issuer]);
  if (platform === 'openshift') return;
  const present = presentIssuer(platform).replace('<present-issuer>', 'https://own.example.com');
  expect(issuersOf(once[1])).toEqual([issuer, present]);
  expect(issuersOf(once[0]).at(-1)).toBe(issuer);
});

test.each(platforms)('%s: a new cluster signs with the new issuer alone', (platform) => {
  const [first] = clusterFiles(platform, made);
  const [flags] = applied(platform, first === undefined ? [] : [first], {
    place: '90-issuer.yaml',
    times: 2,
  });
  expect(issuersOf(flags)).toEqual([issuer]);
});

test.each(platforms)('%s: the files of a rotation, each applied once or twice', (platform) => {
  const files = phases.flatMap((phase) => rotationFile(platform, phase, accepted(phase)) ?? []);
  const place = '91-service-account-keys.yaml';
  const once = applied(platform, files, { place, times: 1 });
  expect(applied(platform, files, { place, times: 2 })).toEqual(once);
  // The issuer is for life.
  for (const flags of once)
    expect(issuersOf(flags)).toEqual(issuersOf(models[platform].flags(models[platform].start)));
  expect(files.map(({ path }) => path)).toEqual(
    platform === 'kops' || platform === 'openshift' ? [] : rotationPaths,
  );
  for (const { text, mode } of files) {
    expect(text).toMatch(
      new RegExp(`^# Written by oidc-bootstrap for --platform ${platform}\n# Format: \\S`),
    );
    expect(text).not.toContain('PRIVATE');
    expect(mode).toBe(0o644);
  }
});

test('Talos accepts the keys of the phase, and no key of the phase before', () => {
  const files = phases.flatMap((phase) => rotationFile('talos', phase, accepted(phase)) ?? []);
  const flags = applied('talos', files, { place: '', times: 2 });
  const keys = flags.map((all) => new Map(all).get('service-account-key-file'));
  expect(keys[0]).toBe(`<of the signer>${current}${next}`);
  expect(keys.at(-1)).toBe(`<of the signer>${next}`);
});

test.each(['k3s', 'rke2'] as const)('%s keeps the keys that its own service.key holds', (name) => {
  const files = [rotationFile(name, 'stage', [current])].filter((file) => file !== undefined);
  const [flags] = applied(name, files, { place: '91-service-account-keys.yaml', times: 1 });
  expect(flags?.filter(([flag]) => flag === 'service-account-key-file')).toEqual([
    ['service-account-key-file', `/var/lib/rancher/${name}/server/tls/service.key`],
    ['service-account-key-file', `/etc/rancher/${name}/serviceaccount-verifiers.pem`],
  ]);
});
