// Lists of AWS that have little on a page, on some nothing, and go on: nothing is missed.

import { afterEach, beforeEach, expect, it } from 'vitest';
import { openScene, type Scene } from './scene.ts';
import { iamOf, makeCluster, remove, sizeOf } from './teardown/teardown-scene.ts';

let scene: Scene;

beforeEach(async () => {
  scene = await openScene();
  const { cloudfront, iam, s3 } = scene.aws.state;
  iam.shortPages = true;
  cloudfront.pageSize = 1;
  s3.versionPageSize = 1;
});
afterEach(async () => {
  await scene.close();
});

it('each command finds everything, however short the pages of lists are', async () => {
  await makeCluster(scene);
  expect((await makeCluster(scene)).json.changes).toEqual([]);
  const verified = await scene.run(['verify', '--name', 'c']);
  expect(verified.code, verified.stdout).toBe(0);
  const { code, stderr } = await remove(scene);
  expect(code, stderr).toBe(0);
  expect([sizeOf(scene), iamOf(scene).roles.size]).toEqual([0, 0]);
});
