// The flags that say which kind of hosting a name has, read and checked against each other.

import { sharedNameProblem } from '../../core/hosting/shared-hosting.ts';
import { clusterNameProblem } from '../../core/names.ts';
import type { HostingFlags } from '../../workflows/hosting/site.ts';
import { addIssue, flagLabel, readText, type Reading } from './flags.ts';
import { readIssuerUrl } from './issuer-url.ts';

/** `--issuer-url` and `--shared-hosting`; both together are an issue. */
export function readHostingFlags(reading: Reading): HostingFlags {
  const issuerUrl = readIssuerUrl(reading);
  const sharedHosting = readText(reading, 'sharedHosting');
  if (sharedHosting !== undefined) {
    checkHosting(reading, sharedHosting);
    if (issuerUrl !== undefined) refuseBesideSharedHosting(reading, 'issuerUrl');
  }
  return { issuerUrl, sharedHosting };
}

/** Adds an issue about a flag that asks for another hosting. */
export function refuseBesideSharedHosting(reading: Reading, flag: string): void {
  const label = flagLabel(reading.flags, 'sharedHosting');
  const message = `asks for another hosting than ${label}; give one of the two`;
  addIssue(reading, { flag, message });
}

function checkHosting(reading: Reading, hosting: string): void {
  const problem = clusterNameProblem(hosting);
  if (problem !== undefined) {
    addIssue(reading, { flag: 'sharedHosting', message: `"${hosting}" ${problem}` });
  }
  const { name } = reading.flags;
  const taken = typeof name === 'string' ? sharedNameProblem(name, hosting) : undefined;
  if (taken !== undefined)
    addIssue(reading, { flag: 'name', message: `"${String(name)}" ${taken}` });
}
