// A process that renders documents again and again, until it is killed or done: run by the tests of
// runs that are killed, and of runs at once. Prints a line after its first round.

import { main } from '../../../src/main.ts';
import { fakeHost } from '../../cli/fake-host.ts';

const [root = '', mode = '', ...inputs] = process.argv.slice(2);
const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });

for (let round = 0; round < (mode === 'forever' ? 1e6 : 30); round += 1) {
  const host = { ...fakeHost({ cwd: root }), sleep, now: () => new Date() };
  // Each round of one that is killed has a folder of its own, and adds a key to it.
  const folder = mode === 'forever' ? `site-${round}` : 'site';
  for (const input of inputs) {
    const words = ['--issuer-url', 'https://oidc.k3s.example.com', '--documents-dir', folder];
    await main(['render-documents', ...words, '--public-key-file', input], host);
  }
  if (round === 0) process.stdout.write('begins\n');
}
