// Certificates of a test's own: a CA, and leaves for host names.

import { generateKeyPairSync } from 'node:crypto';
import forge from 'node-forge';

const hour = 3_600_000;

export type TestCa = {
  /** PEM. */
  readonly certificate: string;
  /** A certificate for a host, good for an hour from `from` on; PEM with its private key. */
  readonly issue: (host: string, from?: Date) => { readonly cert: string; readonly key: string };
};

type Keys = { readonly publicKey: forge.pki.rsa.PublicKey; readonly privatePem: string };

/** Made by Node: forge takes seconds for it. */
function newKeys(): Keys {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const publicPem = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  return {
    publicKey: forge.pki.publicKeyFromPem(publicPem),
    privatePem: pair.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
  };
}

/** Makes a CA that nobody trusts unless told to. */
export function newTestCa(): TestCa {
  const keys = newKeys();
  const caName = [{ name: 'commonName', value: 'Test CA' }];
  const signed = (certificate: {
    readonly subject: string;
    readonly publicKey: forge.pki.rsa.PublicKey;
    readonly from: Date;
    readonly to: Date;
    readonly extensions: object[];
  }): string => {
    const made = forge.pki.createCertificate();
    made.publicKey = certificate.publicKey;
    made.serialNumber = `0${Math.floor(Math.random() * 1e12).toString(16)}`;
    made.validity.notBefore = certificate.from;
    made.validity.notAfter = certificate.to;
    made.setSubject([{ name: 'commonName', value: certificate.subject }]);
    made.setIssuer(caName);
    made.setExtensions(certificate.extensions);
    made.sign(forge.pki.privateKeyFromPem(keys.privatePem), forge.md.sha256.create());
    return forge.pki.certificateToPem(made);
  };
  const now = Date.now();
  return {
    certificate: signed({
      subject: 'Test CA',
      publicKey: keys.publicKey,
      from: new Date(now - 48 * hour),
      to: new Date(now + 24 * hour),
      extensions: [
        { name: 'basicConstraints', cA: true, critical: true },
        { name: 'keyUsage', keyCertSign: true, critical: true },
      ],
    }),
    issue: (host, from = new Date(now - hour / 2)) => {
      const leaf = newKeys();
      const cert = signed({
        subject: host,
        publicKey: leaf.publicKey,
        from,
        to: new Date(from.getTime() + hour),
        extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: host }] }],
      });
      return { cert, key: leaf.privatePem };
    },
  };
}
