// Which hosted zone holds the records of a host: the public one with the longest suffix of its name.

import { bareName } from './dns-record.ts';

/** A hosted zone of the account. */
export type HostedZone = {
  /** Without `/hostedzone/`. */
  readonly id: string;
  /** Lower case, without the final dot. */
  readonly name: string;
  readonly isPrivate: boolean;
};

/** The names of zones that may hold the host, longest first; a top-level domain is nobody's zone. */
export function zoneNamesOf(host: string): readonly string[] {
  const labels = host.split('.');
  return labels.slice(0, -1).map((_, index) => labels.slice(index).join('.'));
}

/** Whether a zone of that name can hold records of the host. */
export function holds(zoneName: string, host: string): boolean {
  return zoneNamesOf(host).includes(zoneName);
}

/** Whether public DNS asks the zone: by the name servers it has, and those that DNS names for it. */
export function isAsked(own: readonly string[], inDns: readonly string[]): boolean {
  const asked = new Set(inDns.map(bareName));
  return own.some((name) => asked.has(bareName(name)));
}
