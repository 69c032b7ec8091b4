// Where the records of an own domain are written: the public hosted zone of the account with the longest
// suffix of it, or the one that was named. Without one, somebody makes the records by hand.

import { InputError, isAwsError } from '../../core/errors.ts';
import type { DomainWish } from '../../core/hosting/domain.ts';
import { holds, isAsked, zoneNamesOf, type HostedZone } from '../../core/hosting/hosted-zone.ts';
import type { Context } from '../context.ts';
import { inParallel } from '../parallel.ts';

/** The zone to write to; undefined where the records are made by hand. INPUT_INVALID: the zone named cannot be it. */
export async function findZone(
  context: Context,
  { host, hostedZoneId }: DomainWish,
): Promise<HostedZone | undefined> {
  if (hostedZoneId !== undefined) return await namedZone(context, host, hostedZoneId);
  try {
    const zones = await findPublicZones(context, host);
    const [zone, ...others] = zones;
    if (zone !== undefined && others.length > 0) throw severalZones(zone.name, zones);
    return zone;
  } catch (error) {
    if (!isAwsError(error, 'AccessDenied')) throw error;
    context.warn(
      'access denied: "route53:ListHostedZonesByName": DNS records are named, for somebody else to make them',
    );
  }
  return undefined;
}

/** The public zones of the account whose name is the longest suffix of the host: mostly one, or none. */
export async function findPublicZones(
  context: Context,
  host: string,
): Promise<readonly HostedZone[]> {
  for (const name of zoneNamesOf(host)) {
    const zones = (await context.aws.route53.findZones(name)).filter((zone) => !zone.isPrivate);
    if (zones.length > 0) return zones;
  }
  return [];
}

/** Every public zone of the account that can hold records of the host, the longest suffix first. */
export async function findEveryPublicZone(
  context: Context,
  host: string,
): Promise<readonly HostedZone[]> {
  const zones = await inParallel(zoneNamesOf(host), (name) => context.aws.route53.findZones(name));
  return zones.flat().filter((zone) => !zone.isPrivate);
}

/**
 * False where public DNS asks other name servers, so that nobody sees the records of the zone. Told
 * then, and where the zone has none yet; where DNS cannot be asked, the zone is taken to be the one.
 */
export async function isZoneAsked(context: Context, zone: HostedZone): Promise<boolean> {
  const inDns = await context.nameServersOf(zone.name);
  if (inDns === undefined) return true;
  const own = (await context.aws.route53.getZone(zone.id))?.nameServers ?? [];
  if (own.length === 0 || isAsked(own, inDns)) return true;
  const shown = `hosted zone "${zone.id}"`;
  if (inDns.length === 0) {
    context.warn(
      `public DNS, as this machine sees it, knows no name servers of "${zone.name}", so nobody sees the records of ${shown} yet: at the registrar, ` +
        `or in the zone above it, name these: ${own.join(', ')}`,
    );
    return true;
  }
  context.warn(
    `public DNS does not ask ${shown}: the name servers of "${zone.name}" are ${inDns.slice(0, mostNamed).join(', ')}, and those of the zone ` +
      `are ${own.join(', ')}; records made there are seen by nobody (--hosted-zone-id ${zone.id} makes them all the same)`,
  );
  return false;
}

/** What DNS answers is anybody's: a message holds no more of it. */
const mostNamed = 8;

async function namedZone(context: Context, host: string, id: string): Promise<HostedZone> {
  const zone = await context.aws.route53.getZone(id);
  const problem =
    zone === undefined
      ? 'is not a hosted zone of this account'
      : zone.isPrivate
        ? 'is a private zone, which neither ACM nor STS can ask; omit the flag, or name a public one'
        : holds(zone.name, host)
          ? undefined
          : `is the zone of "${zone.name}", which holds no records of "${host}"`;
  if (zone !== undefined && problem === undefined) return zone;
  // A plan without credentials has not looked.
  if (context.caller === undefined) return { id, name: host, isPrivate: false };
  throw new InputError([{ field: '--hosted-zone-id', message: `"${id}" ${problem ?? ''}` }]);
}

function severalZones(name: string, zones: readonly HostedZone[]): InputError {
  const ids = zones.map(({ id }) => id);
  return new InputError(
    [{ field: '--hosted-zone-id', message: `is needed: several public zones are "${name}"` }],
    `give the one that public DNS asks: ${ids.join(' or ')} ("aws route53 get-hosted-zone --id" shows ` +
      `its name servers, "dig +short NS ${name}" those that are asked)`,
  );
}
