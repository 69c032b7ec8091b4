// The Secret through which OpenShift's kube-apiserver operator takes a signing key. It does not
// check that the two halves belong together, so they are made from one private key here.
// https://github.com/openshift/cluster-kube-apiserver-operator (boundsatokensignercontroller)

import template from '../../../templates/manifests/next-signing-key.json' with { type: 'json' };
import { readPrivateKey } from '../keys/public-key.ts';
import { fillTemplate } from '../template.ts';
import { writeYaml } from '../manifests/yaml-writer.ts';
import type { JsonObject } from '../json.ts';

type SigningKeySecret = JsonObject & { readonly metadata: JsonObject };

/** The manifest as an object; `file` is how messages name the key. */
export function signingKeySecret(privatePem: string, file: string): SigningKeySecret {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  return fillTemplate(template, {
    privateKey: base64(privatePem),
    publicKey: base64(readPrivateKey(privatePem, file).spkiPem),
  }) as SigningKeySecret;
}

/** The manifest's text; holds the private key, so its file is 0600. */
export function renderSigningKeySecret(privatePem: string, file: string): string {
  return writeYaml(signingKeySecret(privatePem, file));
}

/** The key ID of the private key in such a manifest; undefined where it cannot be read. */
export function keyIdOfSecret(manifest: string): string | undefined {
  const base64 = /^\s*service-account\.key:\s*["']?([A-Za-z0-9+/=]+)["']?\s*$/m.exec(manifest)?.[1];
  if (base64 === undefined) return undefined;
  try {
    return readPrivateKey(Buffer.from(base64, 'base64').toString('utf8'), 'Secret').keyId;
  } catch {
    return undefined;
  }
}
