// Deletes DNS records of an own domain, each exactly as it stands: Route 53 deletes nothing that differs.
// https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html

import aliasTemplate from '../../../templates/route53/delete-alias-record.json' with { type: 'json' };
import validationTemplate from '../../../templates/route53/delete-validation-record.json' with { type: 'json' };
import { isOwnAlias, isOwnProof, type DnsRecord } from '../../core/hosting/dns-record.ts';
import type { HostedZone } from '../../core/hosting/hosted-zone.ts';
import type { Target } from '../../core/target.ts';
import { fillTemplate } from '../../core/template.ts';
import type { Context } from '../context.ts';
import { changeRecords } from '../hosting/change-records.ts';
import type { LeadingRecords, ProofRecord } from './find-records.ts';

type Fate = 'deleted' | 'gone';

/** Takes away what leads a host to the distribution. */
export async function deleteLeading(
  context: Context,
  target: Target,
  { zone, name, types, distributionDomainName }: LeadingRecords,
): Promise<Fate> {
  const { cloudfrontZoneId } = target.partition;
  const detail = `${types.join(' and ')}: alias of ${distributionDomainName}`;
  const done = await changeRecords(context, {
    zone,
    change: { id: name, action: 'delete', detail },
    purpose: 'alias',
    records: types.map((type) =>
      fillTemplate(aliasTemplate, { host: name, type, cloudfrontZoneId, distributionDomainName }),
    ),
    isDone: gone(context, { zone, name }, (one) => isOwnAlias(one, distributionDomainName)),
  });
  return done === 'changed' ? 'deleted' : 'gone';
}

/** Takes away the CNAME that proves a host to ACM. */
export async function deleteProof(context: Context, proof: ProofRecord): Promise<Fate> {
  const { zone, name, value, ttl } = proof;
  const done = await changeRecords(context, {
    zone,
    change: { id: name, action: 'delete', detail: 'CNAME that proves the domain to ACM' },
    purpose: 'validation',
    records: [fillTemplate(validationTemplate, { name, value, ttl })],
    isDone: gone(context, proof, (one) => isOwnProof(one, value)),
  });
  return done === 'changed' ? 'deleted' : 'gone';
}

/** Whether no such record of ours stands there any more. */
function gone(
  context: Context,
  { zone, name }: { readonly zone: HostedZone; readonly name: string },
  isOwn: (record: DnsRecord) => boolean,
): () => Promise<boolean> {
  return async () => !(await context.aws.route53.listRecords(zone.id, name)).some(isOwn);
}
