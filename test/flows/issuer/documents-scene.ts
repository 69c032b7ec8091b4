// A folder of a web server, keys of a cluster, and the program that renders into it, in this process.

import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { describePublicKey } from '../../../src/core/keys/public-key.ts';
import { runCli, temporaryFolder } from '../../cli/fake-host.ts';
import type { Document } from '../scene.ts';

export const issuer = 'https://oidc.k3s.example.com';

/** The three documents, relative to the folder. */
export const documentFiles = ['.well-known/openid-configuration', 'keys.json', 'openid/v1/jwks'];

export type SigningKey = { readonly kid: string; readonly pem: string; readonly secret: KeyObject };

/** A new RSA key, with its Kubernetes id. */
export function newKey(): SigningKey {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const { keyId, spkiPem } = describePublicKey(publicKey);
  return { kid: keyId, pem: spkiPem, secret: privateKey };
}

export type Rendered = { readonly code: number; readonly json: Document; readonly err: string };

export type DocumentsScene = {
  readonly root: string;
  /** The documents folder. */
  readonly site: string;
  /** Writes a file of the scene's folder; gives its name. */
  readonly file: (name: string, text: string) => string;
  /** A key set as an API server serves it. */
  readonly keySet: (name: string, keys: readonly { kid: string; pem: string }[]) => string;
  /** Runs render-documents with those key files, and flags after them. */
  readonly render: (
    keyFiles: readonly string[],
    flags?: readonly string[],
    folder?: string,
  ) => Promise<Rendered>;
  /** A document; undefined where there is none. */
  readonly read: (file: string) => string | undefined;
  readonly kids: () => readonly string[];
  readonly close: () => void;
};

/** Sets the stage in a folder of its own. */
export function openDocumentsScene(): DocumentsScene {
  const { folder: root, remove } = temporaryFolder();
  const site = path.join(root, 'site');
  const file = (name: string, text: string): string => {
    fs.writeFileSync(path.join(root, name), text);
    return name;
  };
  const read = (name: string): string | undefined => {
    const at = path.join(site, name);
    return fs.existsSync(at) ? fs.readFileSync(at, 'utf8') : undefined;
  };
  return {
    root,
    site,
    file,
    keySet: (name, keys) =>
      file(
        name,
        JSON.stringify({
          keys: keys.map(({ kid, pem }) => ({
            use: 'sig',
            alg: 'RS256',
            kid,
            ...createPublicKey(pem).export({ format: 'jwk' }),
          })),
        }),
      ),
    render: async (keyFiles, flags = [], folder = 'site') => {
      const keys = keyFiles.flatMap((name) => ['--public-key-file', name]);
      const words = ['render-documents', '--issuer-url', issuer, '--documents-dir', folder];
      const { code, out, err } = await runCli([...words, ...keys, ...flags, '-o', 'json'], {
        cwd: root,
      });
      return { code, err, json: JSON.parse(out) as Document };
    },
    read,
    kids: () => {
      const { keys } = JSON.parse(read('keys.json') ?? '{"keys":[]}') as {
        keys: readonly { kid: string }[];
      };
      return keys.map(({ kid }) => kid);
    },
    close: remove,
  };
}
