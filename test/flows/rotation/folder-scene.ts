// A running cluster whose documents a web server of its own serves from a folder; the IAM side is on the
// local AWS, made by the program.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { expect } from 'vitest';
import { runCli } from '../../cli/fake-host.ts';
import { startWebServer, type WebServerOptions } from '../../local-aws/dns/web-server.ts';
import { openScene, type Document } from '../scene.ts';
import { withCluster, type RotationScene } from './rotation-scene.ts';

const host = 'oidc.cluster.example.com';
export const issuer = `https://${host}`;

export type FolderScene = RotationScene & {
  /** The folder that is served. */
  readonly site: string;
  /** The rotation state beside it. */
  readonly stateFile: string;
  /** May be changed while it runs. */
  readonly server: WebServerOptions & { folder: string };
  /** Flags that name the issuer and the folder. */
  readonly flags: readonly string[];
  /** Runs render-documents with these words after issuer and folder. */
  readonly render: (
    words: readonly string[],
  ) => Promise<{ readonly code: number; readonly json: Document }>;
  /** Saves AWS and both folders; the returned function restores them. */
  readonly savedAll: () => () => void;
};

/** A cluster with two API servers, and the pod role that `stsAnswers` asks for. */
export async function openFolderScene(): Promise<FolderScene> {
  const scene = await openScene();
  const site = path.join(scene.root, 'site');
  const stateFile = path.join(scene.root, 'site.rotation.json');
  const flags = ['--issuer-url', issuer, '--documents-dir', 'site'];
  const render: FolderScene['render'] = async (words) => {
    const all = ['render-documents', ...flags, ...words, '-o', 'json'];
    const { code, out } = await runCli(all, { cwd: scene.root });
    return { code, json: JSON.parse(out) as Document };
  };
  expect((await scene.run(['create-key-pair', '--key-size', '2048'])).code).toBe(0);
  const signer = path.join(scene.folder, 'serviceaccount-signer.public');
  expect((await render(['--public-key-file', signer])).code).toBe(0);
  const server = { host, folder: site };
  const stop = await startWebServer(scene.aws.world, server);
  const requests = path.resolve('test/fixtures/credentials-requests/demo');
  const words = ['create-all', '--name', 'c', '--issuer-url', issuer];
  const made = await scene.run([...words, '--credentials-requests-dir', requests]);
  expect(made.code, made.stderr).toBe(0);
  const roleArn = 'arn:aws:iam::111122223333:role/c-openshift-ingress-operator-cloud-credentials';
  const read = (key: string): string | undefined => {
    const file = key.startsWith('.oidc-bootstrap/') ? stateFile : path.join(site, key);
    return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : undefined;
  };
  const cluster = withCluster(scene, {
    issuer,
    roleArn,
    apiServers: 2,
    flags,
    read,
  });
  return {
    ...cluster,
    site,
    stateFile,
    server,
    flags,
    render,
    savedAll: () => {
      const restore = cluster.saved();
      const copy = `${site}-${Math.random().toString(36).slice(2)}`;
      fs.cpSync(site, copy, { recursive: true });
      const state = read('.oidc-bootstrap/');
      return () => {
        restore();
        fs.rmSync(site, { recursive: true, force: true });
        fs.cpSync(copy, site, { recursive: true });
        fs.rmSync(stateFile, { force: true });
        if (state !== undefined) fs.writeFileSync(stateFile, state, { mode: 0o600 });
      };
    },
    close: async () => {
      await stop();
      await cluster.close();
    },
  };
}
