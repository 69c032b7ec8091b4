// An anonymous read that is refused proves that the rotation state is private. A dropped connection or a
// server error proves nothing: later runs repeat the check until it has passed.

import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { openRotation, type RotationScene } from './rotation-scene.ts';

let scene: RotationScene;
let edge: http.Server | undefined;
afterEach(async () => {
  edge?.closeAllConnections();
  edge?.close();
  edge = undefined;
  await scene.close();
});

/** An edge that forwards everything except reads of the state, which get that status; 0 drops them. */
async function edgeThatAnswers(status: number): Promise<{ readonly [name: string]: string }> {
  const answer = async (
    request: http.IncomingMessage,
    response: http.ServerResponse,
  ): Promise<void> => {
    const [, , host = '', ...parts] = (request.url ?? '').split('/');
    if (request.url?.includes('/.oidc-bootstrap/') === true) {
      if (status === 0) request.socket.destroy();
      else response.writeHead(status).end('{}');
      return;
    }
    const passed = await fetch(`${scene.aws.edgeUrl.replace('{host}', host)}/${parts.join('/')}`);
    response.writeHead(passed.status, { 'content-type': 'application/json' });
    response.end(await passed.text());
  };
  edge = http.createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => edge?.listen(0, '127.0.0.1', resolve));
  const { port } = edge.address() as AddressInfo;
  return { OIDC_BOOTSTRAP_EDGE_URL: `http://127.0.0.1:${port}/_edge/{host}` };
}

describe('an anonymous read of the state', () => {
  it.each([0, 500, 503, 302])('answered with %s is not a refusal', async (status) => {
    scene = await openRotation();
    const env = await edgeThatAnswers(status);
    for (const words of [['stage'], ['stage'], []]) {
      const run = await scene.rotate(words, { env });
      expect([run.code, run.json.error.code], words[0]).toEqual([6, 'WAIT_TIMED_OUT']);
      expect(run.json.error.message).toContain('cannot check whether');
    }
    // The step itself was done.
    expect(scene.publishedKids()).toHaveLength(2);
    const passed = await scene.rotate([]);
    expect(passed.code, passed.stderr).toBe(0);
    expect(scene.state().shownPrivateAt).not.toBeNull();
    expect((await scene.rotate([])).json.changes).toEqual([]);
  });

  it('that returns the state is an error, but does not stop an emergency', async () => {
    scene = await openRotation();
    const [old = ''] = scene.publishedKids();
    const env = await edgeThatAnswers(200);
    const run = await scene.rotate(['emergency', '--confirm', 'c'], { env });
    expect([run.code, run.json.error.code]).toEqual([5, 'RESOURCE_NOT_OWNED']);
    expect(scene.publishedKids()).not.toContain(old);
  });

  it.each([403, 404])('answered with %s is a refusal', async (status) => {
    scene = await openRotation();
    const run = await scene.rotate(['stage'], { env: await edgeThatAnswers(status) });
    expect(run.code, run.stderr).toBe(0);
    expect(scene.state().shownPrivateAt).not.toBeNull();
  });
});
