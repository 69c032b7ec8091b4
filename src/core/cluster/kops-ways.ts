// kops makes the signing keys, keeps them, and gives them to the control plane: the rotation follows it and
// publishes what kops stages. https://kops.sigs.k8s.io/operations/rotate-secrets/

import { shellWord } from '../shell-word.ts';
import type { KeyFacts, KeyWays } from './key-facts.ts';

const keyset = 'keypair service-account';
const update = '`kops update cluster --name <name> --yes`';
const roll =
  '`kops rolling-update cluster --name <name> --instance-group-roles control-plane --yes`';
const newest = `\`kops get keypairs service-account --name <name>\` shows the newest`;

/** The sentences for keys in the keyset of kops; a key that was made here is handed to kops. */
export function kopsWays({ incoming, signer }: KeyFacts): KeyWays {
  const key = incoming.file === undefined ? '' : ` --key ${incoming.file}`;
  const made = `\`kops create ${keyset}${key} --name <name>\``;
  const rollout = `${update}, then ${roll}`;
  return {
    verifiers:
      incoming.file === undefined
        ? `if ${made} has not been rolled out to every control-plane node yet: ${rollout}`
        : `${made}, ${rollout}`,
    before: [],
    signer: [
      `\`kops promote ${keyset} --name <name>\` (${newest}), ${rollout}: kube-controller-manager restarts with its node`,
    ],
    back: [
      `\`kops promote ${keyset} <keypair-id> --name <name>\` with the ID of the keypair before (${newest}), ${rollout}`,
    ],
    withdraw: `\`kops distrust ${keyset} <keypair-id> --name <name>\` with the ID of the newest (\`kops get keypairs service-account --name <name>\`), ${rollout}`,
    replace: [
      signer.file === undefined
        ? `at once: \`kops promote ${keyset} --name <name>\` if the fresh keypair is not the primary one yet (${newest})`
        : `at once: \`kops create ${keyset} --primary --key ${signer.file} --name <name>\``,
      `then \`kops distrust ${keyset} --name <name>\`, which drops every older keypair, ${update}, then \`kops rolling-update cluster --name <name> --instance-group-roles control-plane --cloudonly --force --yes\``,
    ],
    drop: [`\`kops distrust ${keyset} --name <name>\`, ${rollout}`],
  };
}

/** How kops stages its next key and how that key is given to `stage`, which publishes it. */
export function kopsNextKey(known: readonly string[]): string {
  const kids = known.map((keyId) => JSON.stringify(keyId)).join(', ');
  const others = shellWord(`{keys: [.keys[] | select(.kid | IN(${kids}) | not)]}`);
  return (
    `kops makes and keeps the signing key: \`kops create ${keyset} --name <name>\`, ${update}, ${roll}; ` +
    `then \`kubectl get --raw /openid/v1/jwks | jq ${others} > next-key.json\`, ` +
    'and add --next-public-key-file next-key.json'
  );
}
