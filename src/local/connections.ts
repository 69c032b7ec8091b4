// How connections are opened: directly or through a proxy, and whom they trust. What goes to AWS and what
// is read from the issuer asks here for its agent. The proxy's library is loaded when there is a proxy.

import * as fs from 'node:fs';
import type { Agent } from 'node:http';
import { BootstrapError } from '../core/errors.ts';
import { proxyFor } from '../core/proxy.ts';

/** The agent for a URL, the same one for all that go the same way; undefined: Node's own will do. */
export type AgentFor = (url: URL) => Promise<Agent | undefined>;

export type Connecting = {
  readonly env: { readonly [name: string]: string | undefined };
  /** The certificates (PEM) to trust; undefined: those of Node. */
  readonly trusted: string[] | undefined;
  /** Connections are used again. */
  readonly keepAlive: boolean;
};

/** How connections are opened. A variable that is no proxy's URL: USAGE at the first request. */
export function connections({ env, trusted, keepAlive }: Connecting): AgentFor {
  const agents = new Map<string, Promise<Agent>>();
  const open = async (url: URL, proxy: URL | undefined): Promise<Agent> => {
    const options = { keepAlive, maxSockets: 50, ...(trusted && { ca: trusted }) };
    if (proxy !== undefined) {
      const { proxyAgent } = await import('./proxy-agent.ts');
      return proxyAgent(proxy, { tls: url.protocol === 'https:', options });
    }
    const { Agent } = await import('node:https');
    return new Agent(options);
  };
  return async (url) => {
    const proxy = proxyFor(url, env);
    const plain = trusted === undefined || url.protocol === 'http:';
    if (proxy === undefined && plain) return undefined;
    const way = `${url.protocol} ${proxy?.href ?? ''}`;
    const agent = agents.get(way) ?? open(url, proxy);
    agents.set(way, agent);
    return agent;
  };
}

/** The certificates of a bundle file. No PEM certificate in it, or not readable: FILE_UNREADABLE. */
export function readCaBundle(file: string): string {
  const failure = (reason: string, cause?: unknown): BootstrapError =>
    new BootstrapError({
      code: 'FILE_UNREADABLE',
      message: `cannot read the certificates of "${file}": ${reason}`,
      hint: 'AWS_CA_BUNDLE, or ca_bundle of the profile, names a file of PEM certificates',
      ...(cause === undefined ? {} : { cause }),
    });
  let text: string;
  try {
    const stat = fs.statSync(file);
    if (!stat.isFile() || stat.size > 16 * 1024 * 1024)
      throw failure('it is not a regular file of at most 16 MiB');
    text = fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof BootstrapError) throw error;
    throw failure(
      error instanceof Error && 'code' in error ? String(error.code) : 'unknown',
      error,
    );
  }
  if (!text.includes('-----BEGIN CERTIFICATE-----')) throw failure('it contains no certificate');
  return text;
}
