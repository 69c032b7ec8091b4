// A whole rotation in the demo, days of it at once: after every step a token of the key that the
// cluster uses then is shown to STS, which must say yes each time.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { askSts, startApiServer } from '../flows/rotation/api-server.ts';
import type { Demo } from './main.ts';
import { issuerOf } from './token.ts';

const hour = 3600 * 1000;
const roleArn =
  'arn:aws:iam::111122223333:role/my-cluster-openshift-ingress-operator-cloud-credentials';

/** Stages, waits, promotes, switches, shows evidence, waits, retires: green throughout. */
export async function showRotation(demo: Demo): Promise<void> {
  const apiServer = startApiServer(demo.folder);
  const token = (): string =>
    apiServer.token({
      issuer: issuerOf(demo),
      subject: 'system:serviceaccount:openshift-ingress-operator:ingress-operator',
      audience: 'openshift',
      now: demo.clock.now(),
    });
  const file = (name: string, text: string): string => {
    const at = path.join(path.dirname(demo.folder), name);
    fs.writeFileSync(at, text);
    return at;
  };
  const green = async (moment: string): Promise<void> => {
    const answer = await askSts(demo.aws.endpoint, { token: token(), roleArn });
    demo.say(`STS:            ${answer}; ${moment}, signed by ${apiServer.signer()}`);
    if (answer !== 'accepted') throw new Error(`STS refused a token of the cluster: ${answer}`);
  };
  const rotate = (...words: readonly string[]): Promise<void> =>
    demo.run(['rotate-keys', ...words, '--quiet']);

  await rotate('stage');
  await green('staged, the old key signs');
  apiServer.takeVerifiers();
  demo.say('                24 hours pass');
  demo.clock.advance(24 * hour);
  await rotate('promote', '--api-server-jwks', file('api-server.jwks', apiServer.keySet()));
  await green('promoted, the cluster has not switched yet');
  apiServer.takeSigner();
  await green('the API server signs with the new key');
  await rotate('--token-file', file('token', token()));
  demo.say('                24 hours and 10 minutes pass: the last token of the old key has died');
  demo.clock.advance(24 * hour + hour / 6);
  await rotate('retire');
  await green('the old key is retired');
}
