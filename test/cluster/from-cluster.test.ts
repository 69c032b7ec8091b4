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
    scene = await openClusterScene({ apiServers: 2 });
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
    expect(early.json.result.next.reason).toContain(scene.kube.urls[1]);
    for (const server of scene.servers) server.takeVerifiers();
    scene.clock.advance(24 * hour);
    const promoted = await scene.ask(daily);
    expect(promoted.json.result.phase, promoted.stderr).toBe('promoted');
    expect(scene.state().apiServers).toBe(2);
    expect(scene.writes()).toEqual([]);

    // They still sign with the old key.
    const waiting = await scene.ask(daily);
    expect([waiting.code, waiting.json.result.next.opensAt]).toEqual([0, null]);
    expect(waiting.json.result.next.reason).toContain('had not switched');
    for (const server of scene.servers) server.takeSigner();
    scene.clock.advance(minute);
    const recorded = await scene.ask(daily);
    expect(recorded.json.changes.map((change) => change.resource)).toEqual(['rotation-state']);
    expect(scene.state().evidence).toHaveLength(2);
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

  it('opens nothing on less than the cluster has: servers behind one URL, and one that is down, are named', async () => {
    scene = await openClusterScene({ apiServers: 3 });
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

    await scene.kube.stop(0);
    const down = await scene.ask(['promote', '--from-cluster', ...hint.split(' ')]);
    expect([down.code, down.json.error.code]).toEqual([1, 'CLUSTER_REQUEST_FAILED']);
    expect(down.json.error.message).toContain('1 of 3 API servers gave no evidence');
    expect(down.json.error.message).toContain(scene.kube.urls[0]);
    expect(down.json.error.message).toContain('refused');
    expect([down.json.changes, scene.state().phase]).toEqual([[], 'staged']);
  });
});
