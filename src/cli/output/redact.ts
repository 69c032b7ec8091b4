// Takes private keys, tokens and the AWS credentials in use out of all text for stdout and stderr, whether it
// comes from a command, a library or an endpoint. Errors and results are made without them already.

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

/** The text without these secrets, as they are or URL-encoded, and where only their beginning is left. */
export function withoutSecrets(text: string, secrets: Iterable<string>): string {
  let rest = text;
  for (const secret of secrets) {
    if (secret.length < 16) continue;
    for (const form of new Set([secret, encodeURIComponent(secret)])) {
      const begin = form.slice(0, 16).replaceAll(/[^\w]/g, String.raw`\$&`);
      rest = rest.replaceAll(new RegExp(`${begin}[\\w+/=%.~-]*`, 'g'), '[AWS credential removed]');
    }
  }
  return rest;
}

/** The host, with both streams redacted: of AWS keys in the environment, and of `secrets`, which may grow. */
export function redactedHost(host: Host, secrets: ReadonlySet<string>): Host {
  const ofEnvironment = [host.env['AWS_SECRET_ACCESS_KEY'], host.env['AWS_SESSION_TOKEN']];
  const hidden = ofEnvironment.filter((secret) => secret !== undefined);
  const redacted = (stream: OutputStream): OutputStream => ({
    ...stream,
    write: (text) => stream.write(withoutSecrets(redact(text), [...hidden, ...secrets])),
  });
  return { ...host, stdout: redacted(host.stdout), stderr: redacted(host.stderr) };
}
