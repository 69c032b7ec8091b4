// A company network on loopback: a proxy that resolves every name, over HTTP or TLS, with or without a
// password, and TLS servers with certificates of one authority.

import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';
import * as net from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';

export type Proxy = {
  readonly port: number;
  /** The requests that it got: `CONNECT host:port`, or the method and the whole URL. */
  readonly asked: readonly string[];
};

export type Network = {
  /** File of the authority's certificate, and key and certificate for `*.aws.test` and 127.0.0.1. */
  readonly bundle: string;
  readonly tls: { readonly key: string; readonly cert: string };
  readonly folder: string;
  /** Starts an HTTPS or HTTP server; returns its port. */
  readonly serve: (listener: http.RequestListener, options?: { plain: boolean }) => Promise<number>;
  /** Starts a proxy that connects every host to this machine; `password` is required of user "me". */
  readonly proxy: (options?: {
    readonly tls?: boolean;
    readonly password?: string;
  }) => Promise<Proxy>;
  readonly close: () => void;
};

/** Opens a separate network with a certificate from openssl. */
export function openNetwork(): Network {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'network-'));
  const bundle = path.join(folder, 'ca.pem');
  const key = path.join(folder, 'key.pem');
  execFileSync(
    'openssl',
    [
      ...'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2'.split(' '),
      ...'-subj /CN=network -addext subjectAltName=DNS:*.aws.test,DNS:localhost,IP:127.0.0.1'.split(
        ' ',
      ),
      '-keyout',
      key,
      '-out',
      bundle,
    ],
    { stdio: 'ignore' },
  );
  const tls = { key: fs.readFileSync(key, 'utf8'), cert: fs.readFileSync(bundle, 'utf8') };
  const servers: (http.Server | https.Server)[] = [];
  const sockets = new Set<net.Socket>();
  const listen = async (server: http.Server | https.Server): Promise<number> => {
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as net.AddressInfo).port;
  };
  return {
    bundle,
    tls,
    folder,
    serve: (listener, { plain } = { plain: false }) =>
      listen(plain ? http.createServer(listener) : https.createServer(tls, listener)),
    proxy: async ({ tls: overTls = false, password } = {}) => {
      const asked: string[] = [];
      const server = overTls ? https.createServer(tls) : http.createServer();
      const basic = `Basic ${Buffer.from(`me:${password}`).toString('base64')}`;
      const known = (request: http.IncomingMessage): boolean =>
        password === undefined || request.headers['proxy-authorization'] === basic;
      server.on('connect', (request: http.IncomingMessage, socket: net.Socket) => {
        asked.push(`CONNECT ${request.url}`);
        sockets.add(socket);
        socket.on('error', () => {});
        if (!known(request)) {
          socket.end('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 2\r\n\r\nno');
          return;
        }
        const target = net.connect(
          Number(/:(\d+)$/.exec(request.url ?? '')?.[1]),
          '127.0.0.1',
          () => {
            socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
            target.pipe(socket).pipe(target);
          },
        );
        sockets.add(target);
        target.on('error', () => socket.destroy());
      });
      server.on('request', (request: http.IncomingMessage, response: http.ServerResponse) => {
        asked.push(`${request.method} ${request.url}`);
        const { port, pathname, search } = new URL(request.url ?? '');
        const { method, headers } = request;
        const onward = http.request(
          { port, path: pathname + search, method, headers },
          (answer) => {
            response.writeHead(answer.statusCode ?? 0, answer.headers);
            answer.pipe(response);
          },
        );
        request.pipe(onward);
      });
      return { port: await listen(server), asked };
    },
    close: () => {
      for (const server of servers) server.close().closeAllConnections();
      for (const socket of sockets) socket.destroy();
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}
