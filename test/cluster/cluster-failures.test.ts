// What is said where the cluster gives no evidence, and that nothing is opened then. No run here changes
// anything, so all share one cluster for each phase.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hour, toSigning, toStaged } from '../flows/rotation/rotation-scene.ts';
import { openClusterScene, type ClusterScene } from './cluster-scene.ts';

let staged: ClusterScene;
let signing: ClusterScene;
beforeAll(async () => {
  staged = await openClusterScene({ apiServers: 1 });
  await toStaged(staged);
  staged.clock.advance(25 * hour);
  signing = await openClusterScene({ apiServers: 1 });
  await toSigning(signing);
});
afterEach(() => {
  for (const { cluster, state } of [staged, signing]) {
    cluster.fault = undefined;
    cluster.issuer = cluster === signing.cluster ? signing.issuer : staged.issuer;
    expect([state().phase, state().evidence]).toEqual([
      expect.stringMatching(/staged|promoted/),
      [],
    ]);
  }
  expect(staged.state().phase).toBe('staged');
});
afterAll(async () => {
  await staged.close();
  await signing.close();
});

describe('rotate-keys --from-cluster', () => {
  it.each([
    ['promote', '/openid/', 'system:service-account-issuer-discovery'],
    ['promote', 'endpointslices', '--verb list --resource endpointslices.discovery.k8s.io'],
    ['retire', 'serviceaccounts', '--verb create --resource serviceaccounts/token'],
  ])('%s names the right that is missing for %s', async (step, path, allow) => {
    const scene = step === 'retire' ? signing : staged;
    scene.cluster.users['limited'] = { name: 'jane@example.com', denied: [path] };
    const run = await scene.ask([step, '--from-cluster', '--context', 'limited']);
    expect([run.code, run.json.error.code]).toEqual([4, 'CLUSTER_ACCESS_DENIED']);
    expect(run.json.error.hint).toContain(allow);
    expect(run.json.error.hint).toContain('--user jane@example.com');
    expect(run.json.changes).toEqual([]);
  });

  it.each<[string, readonly string[], { [name: string]: string }, number, string]>([
    ['no kubectl on PATH', [], { PATH: '/nonexistent' }, 1, 'not on PATH'],
    ['an unknown context', ['--context', 'nope'], {}, 2, 'kubectl config get-contexts'],
    ['an unknown user', ['--context', 'unknown'], {}, 4, 'kubectl auth whoami'],
    ['no kubeconfig', [], { KUBECONFIG: '/nonexistent' }, 2, 'there is no kubeconfig'],
    ['a kubeconfig that is none', [], { KUBECONFIG: '/etc/hosts' }, 2, 'kubectl config view'],
    ['an unknown account', ['--token-account', 'default/x'], {}, 1, 'not found'],
  ])('tells what is wrong: %s', async (_, flags, env, code, words) => {
    const run = await signing.ask(['retire', '--from-cluster', ...flags], { env });
    expect(run.code, run.stderr).toBe(code);
    expect(run.stderr + run.json.error.hint).toContain(words);
    expect(run.json.changes).toEqual([]);
  });

  it('says which name a certificate is checked for', async () => {
    const url = staged.kube.urls[0]?.replace('127.0.0.1', 'localhost') ?? '';
    const run = await staged.ask(['promote', '--from-cluster', '--api-server', url]);
    expect(run.code).toBe(1);
    expect(run.json.error.hint).toContain('--api-server https://10.0.0.1:6443');
    expect(run.json.error.hint).toContain('kubernetes.default.svc');
  });

  it.each([
    ['a page', { status: 200, body: '<html>' }],
    ['no keys', { status: 200, body: { keys: [] } }],
    ['two megabytes', { status: 200, body: 'x'.repeat(2 * 1024 * 1024) }],
  ])('takes no key set from %s', async (_, answer) => {
    staged.cluster.fault = (path) => (path.startsWith('/openid') ? answer : undefined);
    const run = await staged.ask(['promote', '--from-cluster']);
    expect([1, 2], run.stderr).toContain(run.code);
    expect(run.stderr.length).toBeLessThan(2000);
  });

  it('shows no control characters of a server', async () => {
    const message = '\u001b[2Jfine\u0007 \u202e';
    const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 500, message };
    staged.cluster.fault = () => ({ status: 500, body: status });
    const run = await staged.ask(['promote', '--from-cluster'], { text: true });
    expect([run.code, run.stderr]).toEqual([1, expect.stringContaining('fine')]);
    // oxlint-disable-next-line no-control-regex -- these must not be there
    expect(run.stderr).not.toMatch(/[\u0007\u001b\u202e]/);
  });

  it('ends as interrupted where Ctrl-C ended kubectl', async () => {
    const run = await staged.ask(['promote', '--from-cluster'], {
      onSleep: (interrupt) => interrupt(),
    });
    expect([run.code, run.json.error.code]).toEqual([130, 'INTERRUPTED']);
  });

  it('takes no token of another issuer', async () => {
    signing.cluster.issuer = 'https://other.example.com';
    const run = await signing.ask(['retire', '--from-cluster']);
    expect([run.code, run.json.error.code]).toEqual([2, 'INPUT_INVALID']);
    expect(run.json.error.message).toContain('https://other.example.com');
    expect(run.json.error.hint).toContain('--context');
  });

  it.each([
    [['retire', '--from-cluster', '--token-file', 't'], 'does not go with --from-cluster'],
    [['promote', '--api-server', 'https://10.0.0.1:6443'], 'needs --from-cluster'],
    [['stage', '--from-cluster'], 'stage asks for no evidence'],
    [['promote', '--yes'], 'goes with --from-cluster'],
    [['promote', '--from-cluster', '--api-server', 'http://10.0.0.1'], 'is not the URL of an API'],
    [['promote', '--from-cluster', '--api-server', 'https://a,https://a/'], 'is given twice'],
    [['retire', '--from-cluster', '--token-account', 'x'], 'is not <namespace>/<name>'],
  ])('refuses what does not go together: %s', async (words, message) => {
    const run = await staged.ask(words);
    expect([run.code, run.json.error.code]).toEqual([2, 'USAGE']);
    expect(run.json.error.message).toContain(message);
  });

  it('is taken from the environment, and left alone by a step that asks for no evidence', async () => {
    const env = { OIDC_BOOTSTRAP_FROM_CLUSTER: 'true', OIDC_BOOTSTRAP_CONTEXT: 'nope' };
    const run = await staged.ask(['promote'], { env });
    expect([run.code, run.json.error.code]).toEqual([2, 'INPUT_INVALID']);
    expect((await staged.ask(['stage'], { env })).code).toBe(0);
  });
});
