// Hosts that AWS cannot reach: addresses of private networks and of this machine, and names that no
// public DNS server answers. No request goes there on the word of a document.
// https://www.iana.org/assignments/iana-ipv4-special-registry, https://www.iana.org/assignments/iana-ipv6-special-registry

/** True for such a host of a URL: IPv6 in brackets. */
export function isPrivateHost(host: string): boolean {
  if (host.startsWith('[')) return isPrivateAddress(host.slice(1, -1));
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host)) return isPrivateAddress(host);
  return !host.includes('.') || /\.(?:local|internal|localhost|lan|home\.arpa|svc)\.?$/.test(host);
}

/** True for an address, IPv4 or IPv6 without brackets, that is not of the public internet. */
export function isPrivateAddress(address: string): boolean {
  const octets = /^(?:.*:)?(\d+)\.(\d+)\.\d+\.\d+$/.exec(address);
  if (octets === null) {
    const mapped = /^::(?:ffff:)?([\da-f]{1,4}):([\da-f]{1,4})$/i.exec(address);
    if (mapped !== null) {
      const high = Number.parseInt(mapped[1] ?? '', 16);
      return isPrivateIpv4(high >> 8, high & 0xff);
    }
    return /^(?:::1?$|f[cd]|fe[89a-f]|ff)/i.test(address);
  }
  return isPrivateIpv4(Number(octets[1]), Number(octets[2]));
}

function isPrivateIpv4(first: number, second: number): boolean {
  return (
    [0, 10, 127].includes(first) ||
    first >= 224 ||
    (first === 100 && second >= 64 && second < 128) ||
    (first === 169 && second === 254) ||
    (first === 172 && second >= 16 && second < 32) ||
    (first === 192 && second === 168) ||
    (first === 198 && (second === 18 || second === 19))
  );
}
