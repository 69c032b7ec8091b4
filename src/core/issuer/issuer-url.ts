// The issuer URL as a user gives it. IAM takes it byte for byte and never changes it, and STS fetches it
// from the public internet, so everything that would fail there is named here, each with what to do.

/** The most characters of an issuer: the limit of IAM for the URL of a provider. */
const maxLength = 255;

/**
 * Host names that no public DNS server answers. https://www.rfc-editor.org/rfc/rfc6762 (.local),
 * https://www.rfc-editor.org/rfc/rfc8375 (.home.arpa), ICANN's resolution 2024.07.29.06 (.internal);
 * the others were never delegated and are used at home and in companies.
 */
const privateSuffixes = [
  'localhost',
  'local',
  'internal',
  'home.arpa',
  'corp',
  'home',
  'intranet',
  'lan',
  'private',
];

/** The parts of an issuer URL as they are written: `URL` would repair some of them. */
type Parts = {
  readonly scheme: string;
  readonly userinfo: string | undefined;
  readonly host: string;
  readonly port: string | undefined;
  readonly path: string;
  readonly query: string | undefined;
  readonly fragment: string | undefined;
};

/**
 * Everything that is wrong with an issuer URL, and what to write instead: each text follows the URL
 * in a message. Empty where IAM and STS take it.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html
 */
export function issuerUrlProblems(url: string): readonly string[] {
  const parts = splitUrl(url);
  if (parts === undefined) {
    const host = /^[\w.-]+\.[a-z]{2,}(?:\/[\w./~-]*)?$/i.test(url);
    return [
      host
        ? `does not begin with https://; write "https://${url}"`
        : 'is not a URL; write it as https://<host>[/<path>]',
    ];
  }
  return [
    ...schemeProblems(parts),
    ...hostProblems(parts.host),
    ...pathProblems(parts),
    ...(url.length > maxLength
      ? [`has ${url.length} characters; IAM takes at most ${maxLength}, so choose a shorter path`]
      : []),
  ];
}

/** The URL as messages may show it: without user name and password. */
export function withoutUserinfo(url: string): string {
  return url.replace(/\/\/[^/?#]*@/, '//***@');
}

function splitUrl(url: string): Parts | undefined {
  const match = /^([a-z][a-z\d+.-]*):\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/is.exec(url);
  if (match === null || /[\s\p{Cc}\\]/u.test(url)) return undefined;
  const [, scheme = '', authority = '', path = '', query, fragment] = match;
  const at = authority.lastIndexOf('@');
  const [, host = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(authority.slice(at + 1)) ?? [];
  const userinfo = at < 0 ? undefined : authority.slice(0, at);
  return { scheme, userinfo, host, port, path, query, fragment };
}

function schemeProblems({ scheme, userinfo, port }: Parts): readonly string[] {
  const problems: string[] = [];
  if (scheme !== 'https') {
    problems.push(
      scheme.toLowerCase() === 'https'
        ? `begins with "${scheme}"; write "https" in lower case`
        : `begins with "${scheme}://"; AWS takes https:// alone, so serve the documents with TLS`,
    );
  }
  if (userinfo !== undefined) {
    problems.push('holds a user name or password; AWS signs in nowhere, so leave it out');
  }
  if (port !== undefined) {
    problems.push(`names the port "${port}"; AWS takes none, so serve it on 443 and leave it out`);
  }
  return problems;
}

function hostProblems(host: string): readonly string[] {
  if (host === '') return ['has no host; write it as https://<host>[/<path>]'];
  const lower = host.toLowerCase();
  const labels = lower.replace(/\.$/, '').split('.');
  const last = labels.at(-1) ?? '';
  const publicName = 'AWS fetches it from the public internet, so give a host name of public DNS';
  // Resolvers take a host whose last label is a number for an IPv4 address, in any notation.
  if (host.startsWith('[') || /^(?:\d+|0x[\da-f]*)$/.test(last)) {
    return [`has the IP address "${host}" as its host; ${publicName}`];
  }
  const problems = spellingProblems(host);
  const suffix = privateSuffixes.find(
    (one) => lower === one || labels.join('.').endsWith(`.${one}`),
  );
  if (suffix !== undefined) problems.push(`has the private host name "${host}"; ${publicName}`);
  else if (labels.length < 2) {
    problems.push(`has the host name "${host}" without a domain; ${publicName}`);
  }
  return problems;
}

/** One problem, which names all that is wrong with the spelling of a host; none where it is a host name. */
function spellingProblems(host: string): string[] {
  const name = host.toLowerCase().replace(/\.$/, '');
  const labels = name.split('.');
  const slips = [
    ...(host === host.toLowerCase() ? [] : ['capital letters']),
    ...(host.endsWith('.') ? ['a final dot'] : []),
  ];
  const wrong = [
    ...(labels.includes('') ? ['an empty part'] : []),
    ...(labels.some((label) => /^-|-$/.test(label))
      ? ['a part that begins or ends with a hyphen']
      : []),
    ...(labels.some((label) => label.length > 63) ? ['a part of more than 63 characters'] : []),
    ...(name.length > 253 ? [`${name.length} characters, of which 253 are taken`] : []),
    ...new Set((name.match(/[^a-z\d.-]/gu) ?? []).map((one) => `"${one}"`)),
  ];
  if (wrong.length > 0) {
    return [
      `has the host "${host}", which is no host name: it has ${listed([...slips, ...wrong])}; ` +
        'write lower-case letters, digits and hyphens between dots' +
        (/[^\0-\x7f]/.test(host) ? ', and other letters in Punycode (xn--…)' : ''),
    ];
  }
  return slips.length === 0 ? [] : [`has ${listed(slips)} in its host "${host}"; write "${name}"`];
}

/** `a, b and c`. */
function listed(items: readonly string[]): string {
  return [items.slice(0, -1).join(', '), items.at(-1) ?? '']
    .filter((part) => part !== '')
    .join(' and ');
}

function pathProblems({ path, query, fragment }: Parts): readonly string[] {
  const problems: string[] = [];
  const known = /\/(?:\.well-known\/openid-configuration|keys\.json|openid\/v1\/jwks)\/?$/.exec(
    path,
  );
  if (known !== null) {
    problems.push(`is the address of a document; the issuer ends before "${known[0]}"`);
  } else if (path.endsWith('/')) {
    problems.push('ends with a slash, which to AWS is another issuer; leave it out');
  }
  const inner = path.replace(/^\//, '').replace(/\/$/, '');
  const segments = inner === '' ? [] : inner.split('/');
  if (segments.includes('')) problems.push('has an empty part in its path; write one slash');
  if (segments.some((segment) => segment === '.' || segment === '..')) {
    problems.push('has "." or ".." in its path; write the path itself');
  }
  if (!/^[\w.~/-]*$/.test(path)) {
    problems.push(
      `has the path "${path}"; only letters, digits and . _ ~ - are taken between slashes`,
    );
  }
  if (query !== undefined) problems.push(`has a query "?${query}"; leave it out`);
  if (fragment !== undefined) problems.push(`has a fragment "#${fragment}"; leave it out`);
  return problems;
}
