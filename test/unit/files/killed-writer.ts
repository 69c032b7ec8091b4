// A process that writes the files of an output folder in a loop until it is killed. The tests of complete
// files run it.

import { ensureKeyPair } from '../../../src/local/key-pair.ts';
import { openOutputFolder } from '../../../src/local/output-folder.ts';

const [root = ''] = process.argv.slice(2);
const folder = openOutputFolder(root);
const pair = ensureKeyPair(folder, { keySize: 2048 });
const privateKey = folder.read(pair.privateKeyFile) ?? '';
process.stdout.write('writing\n');

for (let round = 0; ; round += 1) {
  folder.write(
    'tls/bound-service-account-signing-key.key',
    privateKey + '\n'.repeat(round % 2),
    0o600,
  );
  const text = `${String(round)}\n`.repeat(20_000);
  folder.writeDerived([
    { path: 'manifests/a.yaml', text, mode: 0o600 },
    { path: 'serviceaccounts/b.yaml', text, mode: 0o644 },
  ]);
}
