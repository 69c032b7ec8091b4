// What the answers of a cluster mean: its API servers, and the rollout of OpenShift's operator.

import { describe, expect, it } from 'vitest';
import { apiServersIn, notListed, tooFewServers } from '../../../src/core/evidence/api-servers.ts';
import { whereFlags } from '../../../src/core/evidence/kubectl.ts';
import { rolloutLeft } from '../../../src/core/evidence/openshift-rollout.ts';

const slice = (addresses: unknown, port: unknown = 6443): object => ({
  endpoints: [{ addresses }],
  ports: [
    { name: 'metrics', port: 1 },
    { name: 'https', port },
  ],
});
const list = (...items: unknown[]): string => JSON.stringify({ kind: 'EndpointSliceList', items });

describe('the API servers that a cluster lists', () => {
  it('are its addresses, each once, of either family', () => {
    const text = list(
      slice(['10.0.0.2']),
      slice(['10.0.0.1', '10.0.0.2']),
      slice(['fd00::1'], 443),
    );
    expect(apiServersIn(text)).toEqual([
      'https://10.0.0.1:6443',
      'https://10.0.0.2:6443',
      'https://[fd00::1]',
    ]);
  });

  it.each([
    '',
    '[]',
    '{}',
    '{"kind":"EndpointSliceList","items":[1]}',
    '{"items":[]}',
    '{"kind":"PodList","items":[]}',
    '{"kind":"Status","status":"Failure","items":[]}',
    '<html>',
    list(slice(['10.0.0.1', '--insecure-skip-tls-verify'])),
    list(slice(['10.0.0.1'], '1;id')),
    list(slice('10.0.0.1')),
    list(slice(['10.0.0.1', 7])),
    list({ endpoints: 1 }),
  ])('are not told by a part of %s', (text) => {
    expect(apiServersIn(text)).toBeUndefined();
  });

  it('must all be asked; where none is listed, they must be named', () => {
    const three = ['https://10.0.0.1', 'https://10.0.0.2', 'https://10.0.0.3'];
    expect(tooFewServers([], three)?.reason).toContain('has 3 API servers');
    expect(tooFewServers(three.slice(1), three)?.hint).toContain('--api-server https://10.0.0.1');
    expect(tooFewServers(three, three)).toBeUndefined();
    expect(tooFewServers([], three.slice(2))).toBeUndefined();
    expect(tooFewServers([], [])?.hint).toContain('--api-server');
    expect(tooFewServers(three, [])).toBeUndefined();
    expect(notListed(['https://lb', 'https://10.0.0.1'], three)).toEqual(['https://lb']);
  });
});

it('an address is checked for the name of the Service, a name for itself', () => {
  const wish = { context: 'c', servers: [], serviceAccount: { namespace: 'd', name: 'd' } };
  const named = '--tls-server-name=kubernetes.default.svc';
  for (const url of ['https://10.0.0.1:6443', 'https://10.0.0.1', 'https://[fd00::1]:6443']) {
    expect(whereFlags(wish, url)).toEqual(['--context=c', `--server=${url}`, named]);
  }
  for (const url of ['https://api.example.com:6443', 'https://10.0.0.1.example.com']) {
    expect(whereFlags(wish, url)).toEqual(['--context=c', `--server=${url}`]);
  }
});

describe('a rollout', () => {
  const status = (conditions: { readonly [type: string]: string }): string =>
    JSON.stringify({
      status: {
        conditions: Object.entries(conditions).map(([type, is]) => ({ type, status: is })),
      },
    });
  const nodes = (...revisions: readonly number[]): string =>
    JSON.stringify({
      status: {
        latestAvailableRevision: 8,
        nodeStatuses: revisions.map((currentRevision) => ({ currentRevision })),
      },
    });
  const fine = { Available: 'True', Progressing: 'False', Degraded: 'False' };

  it.each([
    ['the end', status(fine), nodes(8, 8), undefined],
    ['a node behind', status(fine), nodes(8, 7), '1 of 2 nodes'],
    ['work', status({ ...fine, Progressing: 'True' }), nodes(8), 'at work'],
    ['no word', status({ ...fine, Available: 'Unknown' }), nodes(8), 'not available'],
    ['trouble', status({ ...fine, Degraded: 'True' }), nodes(8), 'it does not say why'],
    ['no node', status(fine), nodes(), 'no node'],
    ['no conditions', status({}), nodes(8), 'not available'],
    ['no status', '{}', nodes(8), 'no status'],
    ['no JSON', status(fine), 'x', 'no status'],
  ])('tells of %s', (_, operator, nodes, left) => {
    const found = rolloutLeft({ operator, nodes });
    if (left === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(left);
  });
});
