// Chooses the proxy of a request from the usual variables. No library is used, because the libraries
// read the environment of the process, and match `example.com` in NO_PROXY with that host only, while
// curl, the AWS CLI and ccoctl match its subdomains too.

import { UsageError } from './errors.ts';

type Env = { readonly [name: string]: string | undefined };

/**
 * The proxy for a URL: HTTPS_PROXY or HTTP_PROXY by its scheme, unless NO_PROXY names the host; the
 * lower-case variable wins. Undefined: no proxy. Loopback hosts never use a proxy.
 * A value that is not the URL of a proxy: USAGE.
 */
export function proxyFor(url: URL, env: Env): URL | undefined {
  const variable = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const value = setting(env, variable);
  if (value === '' || isLoopback(url.hostname) || isExempt(url, setting(env, 'NO_PROXY'))) {
    return undefined;
  }
  const text = value.includes('://') ? value : `http://${value}`;
  const proxy = URL.canParse(text) ? new URL(text) : undefined;
  if (proxy?.protocol === 'http:' || proxy?.protocol === 'https:') return proxy;
  // The value may hold a password: it is not repeated.
  throw new UsageError(
    [{ field: variable, message: 'is not the URL of an HTTP proxy' }],
    `set it as ${variable}=http://host:port, or name the host in NO_PROXY`,
  );
}

function setting(env: Env, name: string): string {
  return (env[name.toLowerCase()] || env[name] || '').trim();
}

function isLoopback(hostname: string): boolean {
  return /^(?:127(?:\.\d{1,3}){3}|\[::1\]|(?:.+\.)?localhost)$/.test(hostname);
}

/** Entries are hosts with their subdomains, with or without a leading `.` or `*.`, a port, or `*`. */
function isExempt(url: URL, noProxy: string): boolean {
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      if (entry === '*') return true;
      const [, host = '', onlyPort] = /^(\[.*\]|[^:]*)(?::(\d+))?$/.exec(entry) ?? [];
      if (onlyPort !== undefined && onlyPort !== port) return false;
      const name = host.replace(/^\*?\./, '');
      return name !== '' && (url.hostname === name || url.hostname.endsWith(`.${name}`));
    });
}
