// The last line of defence: whatever a command or a library says, no private key and no token
// leaves through stdout or stderr. Errors and results do not hold them in the first place.

import type { Host, OutputStream } from '../session/host.ts';

const privateBlock =
  /-----BEGIN ([A-Z ]*)PRIVATE KEY-----(?:[\s\S]*?-----END \1PRIVATE KEY-----|[A-Za-z0-9+/=\s\\]*)/g;
const webToken = /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g;

/** The text without private keys (PEM) and JSON web tokens. */
export function redact(text: string): string {
  return text
    .replaceAll(privateBlock, '[private key removed]')
    .replaceAll(webToken, '[token removed]');
}

/** The host, with both streams redacted. */
export function redactedHost(host: Host): Host {
  const redacted = (stream: OutputStream): OutputStream => ({
    ...stream,
    write: (text) => stream.write(redact(text)),
  });
  return { ...host, stdout: redacted(host.stdout), stderr: redacted(host.stderr) };
}
