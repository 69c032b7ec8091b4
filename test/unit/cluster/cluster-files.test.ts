// The files of each platform as they are written, and the rules that keep every token accepted.

import { describe, expect, it, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { clusterFiles } from '../../../src/core/cluster/cluster-files.ts';
import { flagsOf, settingsOf } from '../../../src/core/cluster/issuer-moves.ts';
import { platforms, presentIssuer } from '../../../src/core/cluster/platform.ts';
import { platformSteps } from '../../../src/core/cluster/platform-steps.ts';

const issuer = 'https://d1.cloudfront.net';
const made = { issuer, jwksUri: `${issuer}/keys.json` };
const inCluster = 'https://kubernetes.default.svc.cluster.local';

const textOf = (platform: (typeof platforms)[number], move: string): string =>
  clusterFiles(platform, made).find(({ path }) => path === `cluster/${move}.yaml`)?.text ?? '';

describe.each(platforms)('%s', (platform) => {
  it('has these files', () => {
    const files = clusterFiles(platform, made);
    expect(files.map(({ path, text }) => `--- ${path}\n${text}`).join('')).toMatchSnapshot();
    for (const { text } of files) {
      for (const document of parseAllDocuments(text, { version: '1.1' })) {
        expect(document.errors).toEqual([]);
      }
      expect(text).toMatch(
        new RegExp(`^# Written by oidc-bootstrap for --platform ${platform}\n# Format: `),
      );
      expect(text).not.toContain('key-file');
    }
  });

  it.each([true, false])('has these steps (own key: %s)', (signerAtHand) => {
    const steps = platformSteps(platform, { ...made, signerAtHand });
    expect(steps).toMatchSnapshot();
    if (!signerAtHand) expect(steps.join('\n')).not.toContain('serviceaccount-signer');
    const named = new Set(steps.join('\n').match(/cluster\/[a-z0-9-]+\.yaml/g));
    const paths = clusterFiles(platform, made).map(({ path }) => path);
    expect([...named].toSorted()).toEqual(paths.toSorted());
  });
});

test.each(platforms)(
  'on %s no move makes an API server refuse what another one signs',
  (platform) => {
    const moves = (['move-1', 'move-2', 'move-3'] as const).map((move) =>
      settingsOf(move, platform, made),
    );
    const before = { issuers: [presentIssuer(platform)], audiences: [presentIssuer(platform)] };
    const [first, second, third] = moves;
    for (const [a, b] of [
      [before, first],
      [first, second],
      [second, third],
    ]) {
      // While the move goes from server to server, each takes the tokens that the others sign.
      expect(b?.issuers).toContain(b === third ? issuer : a?.issuers[0]);
      expect(a?.issuers).toContain(b?.issuers[0]);
    }
    expect(moves.map(({ issuers }) => issuers[0])).toEqual([
      presentIssuer(platform),
      issuer,
      issuer,
    ]);
  },
);

test('while nobody has named the platform, the steps have the one of the OpenShift installer', () => {
  const [installer] = platformSteps(undefined, { ...made, signerAtHand: true });
  expect(installer).toContain('copy manifests/ and tls/ into the installer’s folder');
  const [own] = platformSteps(undefined, { ...made, signerAtHand: false });
  expect(own).not.toContain('manifests/ and tls/');
});

test.each(['k3s', 'rke2'] as const)('%s keeps the audience that it drops by itself', (platform) => {
  for (const { text } of clusterFiles(platform, made)) {
    const args: readonly string[] = parse(text)['kube-apiserver-arg+'];
    const audiences = args.filter((arg) => arg.startsWith('api-audiences='));
    expect(audiences).toHaveLength(1);
    expect(audiences[0]).toMatch(new RegExp(`,${platform}$`));
  }
});

test('kubeadm gets a list, in which a flag can stand twice and in order', () => {
  const { apiVersion, apiServer } = parse(textOf('kubeadm', 'move-2'));
  expect(apiVersion).toBe('kubeadm.k8s.io/v1beta4');
  const wanted = flagsOf(settingsOf('move-2', 'kubeadm', made));
  expect(apiServer.extraArgs).toEqual(wanted.map(([name, value]) => ({ name, value })));
  expect(apiServer.extraArgs.slice(0, 2)).toEqual([
    { name: 'service-account-issuer', value: issuer },
    { name: 'service-account-issuer', value: inCluster },
  ]);
});

test('kops drops the old issuer with an empty list, since files are merged', () => {
  const { spec } = parse(textOf('kops', 'move-3'));
  expect(spec.kubeAPIServer.additionalServiceAccountIssuers).toEqual([]);
});
