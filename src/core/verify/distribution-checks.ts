// The distribution in front of a private bucket: it is there, ours and enabled, and reads the bucket.

import {
  distributionAdditions,
  type DistributionPurpose,
} from '../hosting/distribution-additions.ts';
import { bucketOrigin, isMoved, objectAt, planDistribution } from '../hosting/distribution-diff.ts';
import { bucketHost } from '../partition.ts';
import { ccoctlReference, originAccessControlName } from '../names.ts';
import { ownership, ownerTagKey } from '../tags.ts';
import { failed, passed, skipped, warned, type Check } from './check.ts';
import type { Commands, DistributionFacts, HostingFacts } from './hosting-facts.ts';

/** Checks of the distribution behind the issuer. */
export function distributionChecks(facts: HostingFacts, commands: Commands): readonly Check[] {
  const { issuer, distribution } = facts;
  const { name } = facts.target;
  const subject = issuer ?? name;
  if (!distribution.seen) return [skipped('hosting-distribution', subject, distribution.why)];
  const found = distribution.value;
  if (found === undefined) {
    // Nothing is published and IAM trusts nothing: a first run was cut short, or waits for a certificate.
    if (issuer === undefined) {
      return [
        failed('hosting-distribution', subject, {
          detail: `the hosting of "${name}" is not finished: there is no distribution yet`,
          hint: `run the command that began it again, such as \`${commands.publish}\`: it continues where it stopped`,
        }),
      ];
    }
    return [
      failed('hosting-distribution', subject, {
        detail: `the distribution behind the issuer "${subject}" is gone`,
        hint:
          'a new distribution has another domain, so every token and role would stop working: plan a move of the cluster ' +
          `to a new issuer under another --name; if no cluster uses this issuer any more, run \`${commands.delete}\``,
      }),
    ];
  }
  return [
    aliasFinding(facts, found, commands) ?? ownerCheck(facts.target.name, found),
    enabledCheck(found, commands),
    found.status === 'Deployed'
      ? passed('hosting-deployed', found.id, 'deployed')
      : warned('hosting-deployed', found.id, {
          detail: `distribution "${found.id}" is being deployed (${found.status})`,
          hint: 'wait 15 minutes, then run verify again',
        }),
    ...(found.usesOriginAccessIdentity ? [] : [accessControlCheck(facts, found, commands)]),
    ...configChecks(facts, found, commands),
    additionsCheck(facts, found),
  ];
}

/** An issuer at an own domain needs the domain among the aliases. */
function aliasFinding(
  facts: HostingFacts,
  { id, domainName, aliases }: DistributionFacts,
  commands: Commands,
): Check | undefined {
  if (facts.issuer === undefined) return undefined;
  const { host } = new URL(facts.issuer);
  if ([domainName, ...aliases].includes(host)) return undefined;
  return failed('hosting-distribution', id, {
    detail: `distribution "${id}" (${domainName}) does not serve "${host}" any more: the domain is none of its aliases`,
    hint: `run \`${commands.publish} --domain ${host}\``,
  });
}

function ownerCheck(
  name: string,
  { id, arn, tags, comment, domainName }: DistributionFacts,
): Check {
  if (!tags.seen) return skipped('hosting-distribution', id, tags.why);
  const byCcoctl = comment === ccoctlReference(name) && tags.value['Name'] === name;
  if (ownership(name, tags.value) !== 'foreign' || byCcoctl) {
    return passed('hosting-distribution', id, `distribution "${id}" belongs to this name`);
  }
  return failed('hosting-distribution', id, {
    detail: `distribution "${id}" (${domainName}) is not tagged as made for "${name}"`,
    hint: `give the right --name; if it belongs to this cluster, run \`aws cloudfront tag-resource --resource ${arn} --tags 'Items=[{Key=${ownerTagKey(name)},Value=owned}]'\``,
  });
}

function enabledCheck(
  { id, config, usesOriginAccessIdentity }: DistributionFacts,
  commands: Commands,
): Check {
  if (config['Enabled'] === true) return passed('hosting-enabled', id, 'enabled');
  return failed('hosting-enabled', id, {
    detail: `distribution "${id}" is disabled: nobody can read the documents`,
    hint: usesOriginAccessIdentity
      ? 'enable it in the CloudFront console'
      : `run \`${commands.publish}\``,
  });
}

function accessControlCheck(
  { target }: HostingFacts,
  { id, config, accessControl }: DistributionFacts,
  commands: Commands,
): Check {
  const check = 'hosting-access-control';
  if (isMoved(config)) return skipped(check, id, 'its default behavior reads no bucket');
  if (!accessControl.seen) return skipped(check, id, accessControl.why);
  const control = accessControl.value;
  const hint = `run \`${commands.publish}\``;
  if (control === undefined) {
    return failed(check, id, {
      detail: `distribution "${id}" has no origin access control: S3 refuses its reads`,
      hint,
    });
  }
  if (control.signingBehavior !== 'always' || control.signingProtocol !== 'sigv4') {
    return failed(check, control.id, {
      detail: `origin access control "${control.id}" has signing behavior "${control.signingBehavior}" and protocol "${control.signingProtocol}", not "always" and "sigv4": S3 refuses reads that are not signed`,
      hint,
    });
  }
  if (control.name !== originAccessControlName(target.name)) {
    return warned(check, control.id, {
      detail: `distribution "${id}" has the origin access control "${control.name}", which belongs to another name`,
      hint,
    });
  }
  return passed(check, control.id, 'attached, signs always');
}

/** HTTPS, origin, methods and caching; of ccoctl's distribution only HTTPS is looked at. */
function configChecks(
  { target, bucket }: HostingFacts,
  { id, config, usesOriginAccessIdentity }: DistributionFacts,
  commands: Commands,
): readonly Check[] {
  const hint = usesOriginAccessIdentity
    ? 'correct it in the CloudFront console'
    : `run \`${commands.publish}\``;
  const behavior = objectAt(config, 'DefaultCacheBehavior');
  const viewers = String(behavior['ViewerProtocolPolicy']);
  const https =
    viewers === 'https-only'
      ? passed('hosting-https', id, 'HTTPS only')
      : warned('hosting-https', id, {
          detail: `distribution "${id}" does not answer over HTTPS only: its viewer protocol policy is "${viewers}"`,
          hint,
        });
  const moved = isMoved(config);
  if (moved) {
    const detail = `the default behavior of distribution "${id}" does not read a bucket any more: it serves other content`;
    const byHand = `set bucket "${bucket?.bucket ?? ''}" as its origin again in the CloudFront console`;
    return [https, failed('hosting-origin', id, { detail, hint: byHand })];
  }
  if (usesOriginAccessIdentity) return [https, passed('hosting-origin', id, 'as ccoctl made it')];
  const attached = bucketOrigin(config)?.['OriginAccessControlId'];
  const { differences } = planDistribution(config, {
    bucketHost: bucketHost(bucket?.bucket ?? '', target.region, target.partition),
    originAccessControlId: typeof attached === 'string' ? attached : '',
  });
  const others = differences.filter((one) => !['HTTPS only', 'enabled'].includes(one));
  if (others.length === 0) return [https, passed('hosting-origin', id, 'as made')];
  const finding = {
    detail: `distribution "${id}" has other settings than this layout needs; a repair sets: ${others.join(', ')}`,
    hint,
  };
  const breaks = others.some((one) => one.startsWith('origin'));
  return [https, (breaks ? failed : warned)('hosting-origin', id, finding)];
}

function additionsCheck(facts: HostingFacts, distribution: DistributionFacts): Check {
  const { id, config } = distribution;
  const additions = distributionAdditions(config, purposeOf(facts, distribution));
  if (additions.length === 0) return passed('hosting-additions', id, 'nothing was added');
  return warned('hosting-additions', id, {
    detail: `distribution "${id}" has additions of others: ${additions.join('; ')}`,
    hint: 'remove them in the CloudFront console if they are not needed',
  });
}

/** What the distribution is for. */
export function purposeOf(
  { target, bucket, issuer }: HostingFacts,
  { domainName }: DistributionFacts,
): DistributionPurpose {
  return {
    bucketHost: bucketHost(bucket?.bucket ?? '', target.region, target.partition),
    issuerHost: issuer === undefined ? domainName : new URL(issuer).host,
    prefix: bucket?.prefix,
  };
}
