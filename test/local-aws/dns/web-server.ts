// A web server as people run one for an issuer of their own: TLS on loopback, static files from a
// folder. It can be slow, redirect, or have a certificate that is expired or of another host.

import * as fs from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { World } from '../wire/protocol.ts';
import { newTestCa } from './test-certificates.ts';

export type WebServerOptions = {
  readonly host: string;
  /** Files are served from here. */
  readonly folder: string;
  /** Name in the certificate; the host by default. */
  readonly certificateFor?: string;
  /** The certificate has expired. */
  readonly expired?: boolean;
  /** Outsiders do not trust its CA. */
  readonly untrusted?: boolean;
  /** Before each answer; may be changed while it runs. */
  delayMs?: number;
  /** Every request is sent there instead; may be changed while it runs. */
  redirectTo?: string | undefined;
};

/** Starts it and makes the world know its host name; call the answer to stop it. */
export async function startWebServer(
  world: World,
  options: WebServerOptions,
): Promise<() => Promise<void>> {
  const ca = newTestCa();
  const from = options.expired === true ? new Date(Date.now() - 3 * 3_600_000) : undefined;
  const { cert, key } = ca.issue(options.certificateFor ?? options.host, from);
  const server = createServer({ cert, key }, (request, response) => {
    void (async () => {
      if (options.delayMs !== undefined) await delay(options.delayMs);
      if (options.redirectTo !== undefined) {
        response.writeHead(302, { location: options.redirectTo }).end();
        return;
      }
      const { pathname } = new URL(request.url ?? '/', 'https://host');
      const file = path.join(options.folder, decodeURIComponent(pathname));
      const found = fs.existsSync(file) && fs.statSync(file).isFile();
      response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' });
      response.end(found ? fs.readFileSync(file) : 'not found');
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  world.dns.webServers.set(options.host, {
    port: (server.address() as AddressInfo).port,
    ca: options.untrusted === true ? undefined : ca.certificate,
  });
  return () =>
    new Promise((resolve) => {
      world.dns.webServers.delete(options.host);
      server.close(() => resolve());
      server.closeAllConnections();
    });
}
