// How k3s and RKE2 take keys. They keep them in service.key, which the datastore gives to every server: the
// first key in it signs, all are accepted. https://docs.k3s.io/cli/certificate

import { elsewhere, sourceOf, type KeyFacts, type KeyWays } from './key-facts.ts';
import { rancherVerifiers } from './rotation-file.ts';

/** The sentences of both. */
export function rancherWays(
  platform: 'k3s' | 'rke2',
  { phaseFile, verifiersFile, signer }: KeyFacts,
): KeyWays {
  const present = `/var/lib/rancher/${platform}/server/tls/service.key`;
  const staged = 'rotate-ca/server/tls';
  const restart = `\`systemctl restart ${platform === 'k3s' ? 'k3s' : 'rke2-server'}\``;
  const put =
    `\`install -D -m 644 ${verifiersFile} ${rancherVerifiers(platform)}\` and ` +
    `\`install -D -m 600 ${phaseFile} /etc/rancher/${platform}/config.yaml.d/91-service-account-keys.yaml\``;
  const load = (keys: string, flag: string): string =>
    `on one server \`(umask 077 && mkdir -p ${staged} && cat ${keys} > ${staged}/service.key)\`, then \`${platform} certificate rotate-ca ${flag}--path="$PWD/rotate-ca/server"\` (it warns of files that are not there), then \`rm -r rotate-ca\``;
  const key = sourceOf(signer);
  const pkcs1 = signer.file === undefined ? `${elsewhere(signer)}, as an RSA PRIVATE KEY` : '';
  const verifiers = `on one server after the other ${put}, then ${restart}`;
  const sign = [
    `${load(`${key} ${present}`, '')}: the new key first, the present ones after it${pkcs1}`,
    `then on one server after the other ${restart}: kube-controller-manager restarts with it`,
  ];
  return {
    verifiers,
    before: [],
    signer: sign,
    back: sign,
    withdraw: verifiers,
    replace: [
      `${load(key, '--force ')}: the fresh key alone, and --force, since ${platform} wants the present key to stay${pkcs1}`,
      `at once, on every server: ${put}, then ${restart}`,
    ],
    drop: [`${load(key, '')}: the current key alone${pkcs1}`, verifiers],
  };
}
