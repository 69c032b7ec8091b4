// Evidence that kubectl brings from the API servers: a whole rotation without a file, and what is said where
// the cluster does not show enough.

import { afterEach, describe, expect, it } from 'vitest';
import { hour, minute, toStaged, toSigning } from '../flows/rotation/rotation-scene.ts';
import { openClusterScene, type ClusterScene } from './cluster-scene.ts';

let scene: ClusterScene;
afterEach(async () => {
  await scene.close();
});

describe('a rotation from the cluster', () => {
  it('needs no files: a daily job goes from stage to retire, up to what only the operator can do', async () => {
    scene = await openClusterScene({ apiServers: 3 });
    const daily = ['--rotate-every', '1s', ...scene.fromCluster];
    scene.clock.advance(minute);
    await scene.ask(daily);
    scene.clock.advance(minute);
    const staged = await scene.ask(daily);
    expect(staged.json.result.phase, staged.stderr).toBe('staged');
    expect(scene.kube.requests).toEqual([]);

    // The API servers do not accept the next key yet.
    const early = await scene.ask(daily);
    expect([early.code, early.json.result.next.open]).toEqual([0, false]);
    expect(early.json.result.next.reason).toContain(scene.kube.urls[2]);
    for (const server of scene.servers) server.takeVerifiers();
    scene.clock.advance(24 * hour);
    const promoted = await scene.ask(daily);
    expect(promoted.json.result.phase, promoted.stderr).toBe('promoted');
    expect(scene.state().apiServers).toBe(3);
    expect(scene.writes()).toEqual([]);

    // They still sign with the old key.
    const waiting = await scene.ask(daily);
    expect([waiting.code, waiting.json.result.next.opensAt]).toEqual([0, null]);
    expect(waiting.json.result.next.reason).toContain('had not switched');
    for (const server of scene.servers) server.takeSigner();
    scene.clock.advance(minute);
    const recorded = await scene.ask(daily);
    expect(recorded.json.changes.map((change) => change.resource)).toEqual(['rotation-state']);
    expect(scene.state().evidence).toHaveLength(3);
    scene.clock.advance(24 * hour + 11 * minute);
    const retired = await scene.ask(daily);
    expect(retired.json.result.phase, retired.stderr).toBe('steady');
    expect(scene.publishedKids()).toHaveLength(1);
  });

  it('asks nothing in a plan or for status but reads, and says what a run would ask', async () => {
    scene = await openClusterScene({ apiServers: 1 });
    await toSigning(scene);
    for (const words of [['status'], ['--dry-run']]) {
      const run = await scene.ask([...words, '--from-cluster']);
      expect(run.code, run.stderr).toBe(0);
      expect(run.stderr).toContain('a fresh token of service account default/default');
      expect(run.json.result.phase).toBe('promoted');
    }
    expect(scene.writes()).toEqual([]);
    // With the API server of the context: there is one, and it is known.
    const shown = await scene.ask(['retire', '--from-cluster', '--context', 'admin']);
    expect(shown.code, shown.stderr).toBe(0);
    expect(scene.writes()).toEqual([
      '0 POST /api/v1/namespaces/default/serviceaccounts/default/token',
    ]);
  });

  it('does not ask for less than the cluster has: the API servers behind one URL are named', async () => {
    scene = await openClusterScene({ apiServers: 2 });
    await toStaged(scene);
    scene.clock.advance(25 * hour);
    const hint = scene.kube.urls
      .map((url) => `--api-server ${url}`)
      .toSorted()
      .join(' ');
    for (const words of [['promote'], []]) {
      const closed = await scene.ask([...words, '--from-cluster']);
      expect([closed.code, closed.json.error.code]).toEqual([3, 'GATE_CLOSED']);
      expect(closed.json.error.hint).toContain(hint);
      expect(closed.json.changes).toEqual([]);
    }
    const status = await scene.ask(['status', '--from-cluster']);
    expect(status.code).toBe(0);
    expect(status.json.warnings.join()).toContain(hint);
    expect(status.json.result.next.open).toBe(false);
    // Copied from the hint.
    const promoted = await scene.ask(['promote', '--from-cluster', ...hint.split(' ')]);
    expect(promoted.json.result.phase, promoted.stderr).toBe('promoted');
  });

  it('opens nothing where one API server of three does not answer, and names it', async () => {
    scene = await openClusterScene({ apiServers: 3 });
    await toStaged(scene);
    scene.clock.advance(25 * hour);
    await scene.kube.stop(1);
    const run = await scene.ask(['promote', ...scene.fromCluster]);
    expect([run.code, run.json.error.code]).toEqual([1, 'CLUSTER_REQUEST_FAILED']);
    expect(run.json.error.message).toContain('1 of 3 API servers gave no evidence');
    expect(run.json.error.message).toContain(scene.kube.urls[1]);
    expect(run.json.error.message).toContain('refused');
    expect([run.json.changes, scene.state().phase]).toEqual([[], 'staged']);
  });
});

describe('a failure of the cluster', () => {
  it.each([
    ['/openid/', 'system:service-account-issuer-discovery', ['promote']],
    ['endpointslices', '--verb list --resource endpointslices.discovery.k8s.io', ['promote']],
    ['serviceaccounts', '--verb create --resource serviceaccounts/token', ['retire']],
  ])('names the right that is missing for %s', async (path, allow, words) => {
    scene = await openClusterScene({ apiServers: 1 });
    if (words[0] === 'retire') await toSigning(scene);
    else await toStaged(scene);
    scene.cluster.users['limited'] = { name: 'jane@example.com', denied: [path] };
    const run = await scene.ask([...words, '--from-cluster', '--context', 'limited']);
    expect([run.code, run.json.error.code]).toEqual([4, 'CLUSTER_ACCESS_DENIED']);
    expect(run.json.error.hint).toContain(allow);
    expect(run.json.error.hint).toContain('--user jane@example.com');
    expect(run.json.changes).toEqual([]);
  });

  it.each<[string, readonly string[], { [name: string]: string }, number, string]>([
    ['no kubectl on PATH', [], { PATH: '/nonexistent' }, 1, 'not on PATH'],
    ['an unknown context', ['--context', 'nope'], {}, 2, 'kubectl config get-contexts'],
    ['a user who is not known', ['--context', 'limited'], {}, 4, 'kubectl auth whoami'],
    ['a kubeconfig that is none', [], { KUBECONFIG: '/etc/hosts' }, 2, 'kubectl config view'],
  ])('is said plainly: %s', async (_, flags, env, code, hint) => {
    scene = await openClusterScene({ apiServers: 1 });
    await toStaged(scene);
    const run = await scene.ask(['promote', '--from-cluster', ...flags], { env });
    expect(run.code, run.stderr).toBe(code);
    expect(run.stderr + run.json.error.hint).toContain(hint);
    expect(run.json.changes).toEqual([]);
  });

  it('is said plainly: a certificate for another name, an answer that is none, words that would move the cursor', async () => {
    scene = await openClusterScene({ apiServers: 1 });
    await toStaged(scene);
    const url = scene.kube.urls[0]?.replace('127.0.0.1', 'localhost') ?? '';
    const named = await scene.ask(['promote', '--from-cluster', '--api-server', url]);
    expect(named.code).toBe(1);
    expect(named.json.error.hint).toContain('--api-server https://10.0.0.1:6443');

    scene.cluster.fault = (_, path) =>
      path.startsWith('/openid') ? { status: 200, body: '<html>' } : undefined;
    const page = await scene.ask(['promote', '--from-cluster']);
    expect([page.code, page.json.error.code]).toEqual([2, 'INPUT_INVALID']);

    const message = '\u001b[2Jfine\u0007 \u202e';
    scene.cluster.fault = () => ({
      status: 500,
      body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 500, message },
    });
    const wild = await scene.ask(['promote', '--from-cluster'], { text: true });
    expect(wild.code).toBe(1);
    // oxlint-disable-next-line no-control-regex -- these must not be there
    expect(wild.stderr).not.toMatch(/[\u0007\u001b\u202e]/);
    expect(scene.state().phase).toBe('staged');
  });

  it('takes no token that another issuer or an unknown key signed', async () => {
    scene = await openClusterScene({ apiServers: 1 });
    await toSigning(scene);
    Object.assign(scene.cluster, { issuer: 'https://other.example.com' });
    const run = await scene.ask(['retire', '--from-cluster']);
    expect([run.code, run.json.error.code]).toEqual([2, 'INPUT_INVALID']);
    expect(run.json.error.message).toContain('https://other.example.com');
    expect(run.json.error.hint).toContain('--context');
    expect(scene.state().evidence).toEqual([]);
  });
});
