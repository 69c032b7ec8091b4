// Which issuer URLs are taken, and what is said of the others.

import { describe, expect, it } from 'vitest';
import { issuerProblem } from '../../../src/core/issuer/discovery.ts';
import { issuerUrlProblems, withoutUserinfo } from '../../../src/core/issuer/issuer-url.ts';

describe('an issuer URL', () => {
  it.each([
    'https://oidc.example.com',
    'https://oidc.example.com/clusters/Blue_1',
    'https://d111111abcdef8.cloudfront.net',
    'https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B716D3041E',
    'https://xn--bcher-kva.example.com/a~b.c-d',
    'https://local.example.com/internal',
    'https://1.example.com',
    `https://oidc.example.com/${'a'.repeat(230)}`,
  ])('may be %s', (url) => {
    expect(issuerUrlProblems(url)).toEqual([]);
    expect(issuerProblem(url)).toBeUndefined();
  });

  it.each([
    ['oidc.example.com', 'does not begin with https://; write "https://oidc.example.com"'],
    ['', 'is not a URL; write it as https://<host>[/<path>]'],
    ['https:oidc.example.com', 'is not a URL; write it as'],
    [' https://oidc.example.com', 'is not a URL'],
    ['https://oidc.example.com\n', 'is not a URL'],
    ['https://oidc.example.com\\a', 'is not a URL'],
    ['http://oidc.example.com', 'begins with "http://"; AWS takes https:// alone'],
    ['HTTPS://oidc.example.com', 'begins with "HTTPS"; write "https" in lower case'],
    ['https://', 'has no host'],
    ['https:///path', 'has no host'],
    [
      'https://OIDC.Example.com',
      'has capital letters in its host "OIDC.Example.com"; write "oidc.example.com"',
    ],
    ['https://oidc.example.com.', 'has a final dot in its host "oidc.example.com."; write'],
    ['https://My_OIDC.example.com', 'which is no host name: it has capital letters and "_"; write'],
    [
      'https://oidc.example.com/',
      'ends with a slash, which to AWS is another issuer; leave it out',
    ],
    ['https://oidc.example.com/a/', 'ends with a slash'],
    ['https://oidc.example.com:443', 'names the port "443"'],
    ['https://oidc.example.com:8443/a', 'names the port "8443"'],
    ['https://oidc.example.com:', 'names the port ""'],
    ['https://oidc.example.com?a=b', 'has a query "?a=b"; leave it out'],
    ['https://oidc.example.com?', 'has a query "?"'],
    ['https://oidc.example.com#', 'has a fragment "#"'],
    ['https://user:secret@oidc.example.com', 'holds a user name or password'],
    ['https://192.0.2.1', 'has the IP address "192.0.2.1" as its host'],
    ['https://0x7f.1', 'has the IP address "0x7f.1"'],
    ['https://2130706433', 'has the IP address "2130706433"'],
    ['https://[2001:db8::1]', 'has the IP address "[2001:db8::1]"'],
    ['https://localhost', 'has the private host name "localhost"'],
    ['https://api.localhost/a', 'has the private host name "api.localhost"'],
    ['https://k3s.local', 'has the private host name "k3s.local"'],
    ['https://ip-10-0-0-1.ec2.internal', 'has the private host name "ip-10-0-0-1.ec2.internal"'],
    ['https://kubernetes.default.svc.cluster.local', 'has the private host name'],
    ['https://kubernetes', 'has the host name "kubernetes" without a domain'],
    ['https://under_score.example.com', 'which is no host name'],
    ['https://-a.example.com', 'which is no host name'],
    ['https://a..example.com', 'which is no host name'],
    ['https://bücher.example.com', 'other letters in Punycode'],
    [`https://${'a'.repeat(64)}.example.com`, 'which is no host name'],
    ['https://oidc.example.com//a', 'has an empty part in its path'],
    ['https://oidc.example.com/a/../b', 'has "." or ".." in its path'],
    ['https://oidc.example.com/a%20b', 'has the path "/a%20b"; only letters'],
    ['https://oidc.example.com/a*', 'has the path "/a*"'],
    [
      'https://oidc.example.com/a/.well-known/openid-configuration',
      'is the address of a document; the issuer ends before "/.well-known/openid-configuration"',
    ],
    ['https://oidc.example.com/keys.json', 'is the address of a document'],
    [`https://oidc.example.com/${'a'.repeat(231)}`, 'has 256 characters; IAM takes at most 255'],
  ])('%j is refused: %s', (url, problem) => {
    const problems = issuerUrlProblems(url);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
  });

  it('has every problem named at once', () => {
    const url = 'http://me@K3S.local:6443/a/?b#c';
    expect(issuerUrlProblems(url).map((problem) => problem.slice(0, 12))).toEqual([
      'begins with ',
      'holds a user',
      'names the po',
      'has capital ',
      'has the priv',
      'ends with a ',
      'has a query ',
      'has a fragme',
    ]);
  });

  it('is shown without its password', () => {
    expect(withoutUserinfo('https://me:p@ss@oidc.example.com/a@b')).toBe(
      'https://***@oidc.example.com/a@b',
    );
  });
});
