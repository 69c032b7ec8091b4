// Which hosts are of no public network, and that no request goes there.

import { describe, expect, it } from 'vitest';
import { isPrivateAddress, isPrivateHost } from '../../../src/core/issuer/private-host.ts';
import { issuerFetch, publicLookup } from '../../../src/local/issuer-fetch.ts';

describe('an address', () => {
  it.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.100.100.200',
    '127.0.0.1',
    '169.254.169.254',
    '172.31.0.1',
    '192.168.0.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:10.0.0.1',
    '::ffff:7f00:1',
    'fd00:ec2::254',
    'fe80::1',
    'ff02::1',
  ])('%s is private', (address) => {
    expect(isPrivateAddress(address)).toBe(true);
  });

  it.each(['8.8.8.8', '100.128.0.1', '172.32.0.1', '2600:9000::1', '::ffff:808:808'])(
    '%s is public',
    (address) => {
      expect(isPrivateAddress(address)).toBe(false);
    },
  );
});

it('a host in brackets or without a domain is judged too', () => {
  expect(['[::1]', '[fd00::1]', 'localhost', 'a.internal'].map(isPrivateHost)).not.toContain(false);
  expect(isPrivateHost('oidc.example.com')).toBe(false);
});

describe('a fetch of public hosts only', () => {
  const fetchPublic = issuerFetch(undefined, undefined, { publicOnly: true });

  it.each(['https://169.254.169.254/keys', 'https://[::1]/keys', 'https://127.0.0.1/keys'])(
    'sends nothing to %s',
    async (url) => {
      expect(await fetchPublic(url)).toMatchObject({
        ok: false,
        reason: expect.stringContaining('private address'),
      });
    },
  );

  it.each([
    [['8.8.8.8'], 'none'],
    [['8.8.8.8', '10.0.0.1'], 'private address "10.0.0.1"'],
    [['fd00::1'], 'private address "fd00::1"'],
  ])('of a name with the addresses %j ends with the error %s', (addresses, expected) => {
    const resolve: Parameters<typeof publicLookup>[0] = (_, __, callback) =>
      callback(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
    let message = '';
    publicLookup(resolve)('oidc.example.com', {}, (error, address) => {
      message = error?.message ?? `none, ${String(address)}`;
    });
    expect(message).toContain(expected);
  });
});
