// Services that refuse several calls in a row with their own words for "too often": every command ends well.
// The SDK waits in real time, so this is one cluster; rates are measured by `npm run bench`.

import * as path from 'node:path';
import { expect, it } from 'vitest';
import { addZone } from '../local-aws/route53/route53-state.ts';
import { throttlingCodes } from '../local-aws/throttling.ts';
import { writeMadeRequests } from '../fixtures/made-requests.ts';
import { openScene } from './scene.ts';

it('every command ends well although each service refuses calls in bursts', async () => {
  const scene = await openScene({ deployMs: 0, bursts: { every: 40, refused: 2 } });
  addZone(scene.aws.state.route53, { id: 'Z1', account: '111122223333', name: 'example.com' });
  writeMadeRequests(path.join(scene.root, 'requests'), 2);
  const create = ['create-all', '--name', 'c', '--credentials-requests-dir', 'requests'];
  for (const words of [
    ['create-key-pair', '--key-size', '2048'],
    [...create, '--domain', 'oidc.example.com'],
    ['delete', '--name', 'c', '--yes'],
  ]) {
    const { code, stderr } = await scene.run(words);
    expect(code, `${words.join(' ')}: ${stderr}`).toBe(0);
  }
  const refused = scene.aws.calls.filter(({ awsCode }) => throttlingCodes.includes(awsCode ?? ''));
  expect(new Set(refused.map(({ service }) => service))).toEqual(
    new Set(['s3', 'cloudfront', 'iam', 'sts', 'acm', 'route53']),
  );
  expect(scene.aws.state.s3.buckets.size).toBe(0);
  await scene.close();
});
