// Fetches the documents of an issuer as STS would: plain GET, no redirects, cookies or credentials.
// node:https, because fetch takes neither a proxy nor certificates of its own.

import { lookup, type LookupAddress, type LookupAllOptions } from 'node:dns';
import type { Agent } from 'node:http';
import type { LookupFunction } from 'node:net';
import { UsageError } from '../core/errors.ts';
import { isPrivateAddress, isPrivateHost } from '../core/issuer/private-host.ts';
import type { AgentFor } from './connections.ts';
import type { FetchedDocument } from '../core/issuer/fetched-document.ts';

const timeoutMs = 5000;
const maxBytes = 1024 * 1024;

/**
 * Where documents are fetched in a rehearsal against an emulator (`OIDC_BOOTSTRAP_EDGE_URL`):
 * a URL on a loopback address with `{host}` in place of the issuer's host.
 * Undefined where the variable is not set. Anything else throws UsageError.
 */
export function edgeTemplate(value: string | undefined): string | undefined {
  if (value === undefined || value === '') return undefined;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const loopback = /^(?:127(?:\.\d{1,3}){3}|localhost|\[::1\])$/.test(url?.hostname ?? '');
  if (url?.protocol === 'http:' && loopback && url.username === '' && value.includes('{host}')) {
    return value.replace(/\/$/, '');
  }
  throw new UsageError(
    [
      {
        field: 'OIDC_BOOTSTRAP_EDGE_URL',
        message: `"${value}" is not of the form http://127.0.0.1:<port>/_edge/{host}`,
      },
    ],
    'unset it, unless you rehearse against an AWS emulator on this machine',
  );
}

/**
 * How documents are fetched: five seconds, 1 MiB, redirects not followed. What goes wrong is an
 * answer, not an error: callers poll. `edge` comes from `edgeTemplate`; `agentFor` gives the way to a host.
 * `publicOnly`: no request goes to a private or link-local address, whatever name stands for it; a
 * rehearsal, whose address the user gave, is let through.
 */
export function issuerFetch(
  edge: string | undefined,
  agentFor?: AgentFor,
  { publicOnly = false }: { readonly publicOnly?: boolean } = {},
): (url: string) => Promise<FetchedDocument> {
  const guarded = publicOnly && edge === undefined;
  return async (url) => {
    if (!URL.canParse(url)) return { ok: false, reason: `"${url}" is not a URL` };
    const target = new URL(edge === undefined ? url : edged(edge, new URL(url)));
    if (target.protocol !== 'https:' && edge === undefined) {
      return { ok: false, reason: `"${url}" is not an https URL` };
    }
    if (guarded && isPrivateHost(target.hostname)) {
      return { ok: false, reason: `"${target.hostname}" is a private address` };
    }
    const agent = (await agentFor?.(target)) ?? false;
    const transport =
      target.protocol === 'https:' ? await import('node:https') : await import('node:http');
    return get(target, { transport, agent, guarded });
  };
}

function edged(edge: string, url: URL): string {
  return `${edge.replace('{host}', () => url.host)}${url.pathname}${url.search}`;
}

type Way = {
  readonly transport: { readonly get: typeof import('node:https').get };
  readonly agent: Agent | false;
  readonly guarded: boolean;
};

type Resolve = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * Looks a name up with `resolve`, and fails where one of its addresses is private: no connection is
 * opened then, and the addresses that were judged are those that are connected to.
 */
export const publicLookup =
  (resolve: Resolve): LookupFunction =>
  (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      const found = addresses ?? [];
      const hidden = found.find(({ address }) => isPrivateAddress(address));
      const [first] = found;
      if (error === null && hidden !== undefined) {
        const reason = `"${hostname}" has the private address "${hidden.address}" here`;
        callback(new Error(reason), '', 0);
      } else if (error !== null || options.all === true) callback(error, found);
      else callback(null, first?.address ?? '', first?.family);
    });
  };

function get(url: URL, { transport, agent, guarded }: Way): Promise<FetchedDocument> {
  return new Promise((resolve) => {
    const fail = (error: Error): void => {
      const late = error.name === 'AbortError' || error.name === 'TimeoutError';
      const code = 'code' in error && typeof error.code === 'string' ? error.code : error.message;
      resolve({ ok: false, reason: late ? `no answer within ${timeoutMs / 1000} s` : code });
    };
    const request = transport.get(
      url,
      {
        agent,
        ...(guarded && { lookup: publicLookup(lookup) }),
        headers: { accept: 'application/json', 'user-agent': 'oidc-bootstrap' },
        signal: AbortSignal.timeout(timeoutMs),
      },
      (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('error', fail);
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          chunks.push(chunk);
          if (size <= maxBytes) return;
          const reason = `the answer is larger than ${maxBytes / 1024 / 1024} MiB`;
          resolve({ ok: false, reason, tooLarge: true });
          request.destroy();
        });
        response.on('end', () => {
          const headers = Object.fromEntries(
            Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
          );
          const body = Buffer.concat(chunks).toString('utf8');
          resolve({ ok: true, status: response.statusCode ?? 0, body, headers });
        });
      },
    );
    request.on('error', fail);
  });
}
