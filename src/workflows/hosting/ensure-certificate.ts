// The certificate of an own domain: requested, proven by a DNS record, waited for. A run that stops at any
// point is gone on with by the next one, which finds the certificate by its tags.

import requestTemplate from '../../../templates/acm/request-certificate.json' with { type: 'json' };
import { BootstrapError } from '../../core/errors.ts';
import {
  failedCertificateHint,
  requestToken,
  type Certificate,
} from '../../core/hosting/certificate.ts';
import { recordLine, type RecordToMake } from '../../core/hosting/dns-record.ts';
import type { DistributionDomain } from '../../core/hosting/distribution-diff.ts';
import { placeholder } from '../../core/placeholder.ts';
import { ownTags, tagList, type Tags } from '../../core/tags.ts';
import type { Target } from '../../core/target.ts';
import { fillTemplate } from '../../core/template.ts';
import type { Context } from '../context.ts';
import { poll } from '../poll.ts';
import type { DomainPlan } from './check-domain.ts';
import { ensureValidationRecord } from './ensure-domain-records.ts';

/**
 * Gives the domain with the ARN of an issued certificate, a placeholder in a dry run; undefined where no
 * domain was asked for. WAIT_TIMED_OUT names the record that is missing.
 */
export async function ensureCertificate(
  context: Context,
  input: {
    readonly target: Target;
    readonly domain: DomainPlan | undefined;
    readonly originAccessControlId: string | undefined;
    readonly tags: Tags;
  },
): Promise<DistributionDomain | undefined> {
  const { domain, ...others } = input;
  if (domain === undefined) return undefined;
  const certificateArn = await ensureIssued(context, { domain, ...others });
  return { host: domain.host, certificateArn };
}

type CertificateInput = {
  readonly target: Target;
  readonly domain: DomainPlan;
  readonly originAccessControlId: string | undefined;
  readonly tags: Tags;
};

async function ensureIssued(context: Context, input: CertificateInput): Promise<string> {
  const { domain } = input;
  const { certificate, host, zone } = domain;
  if (certificate.state === 'usable') return certificate.arn;
  const arn =
    certificate.state === 'pending'
      ? certificate.arn
      : await requestCertificate(context, { ...input, attempt: certificate.attempt });
  const planned = arn === undefined;
  const record = planned ? plannedRecord : await validationRecordOf(context, { arn, host });
  if (record !== undefined) await ensureValidationRecord(context, { host, zone, record });
  if (planned) return placeholder('certificate-arn');
  if (!context.gate.dryRun) await waitUntilIssued(context, { arn, domain });
  return arn;
}

const plannedRecord: RecordToMake = {
  type: 'CNAME',
  name: placeholder('validation-record-name'),
  value: placeholder('validation-record-value'),
};

/** Undefined in a dry run. */
async function requestCertificate(
  context: Context,
  input: CertificateInput & { readonly attempt: number },
): Promise<string | undefined> {
  const { target, domain, originAccessControlId = '', tags, attempt } = input;
  const { host } = domain;
  const { name } = target;
  const answers = await context.gate.perform({
    change: {
      resource: 'acm-certificate',
      id: host,
      action: 'create',
      detail: 'validated by DNS, renewed by AWS',
    },
    requests: [
      {
        service: 'acm',
        operation: 'request-certificate',
        region: target.partition.cloudfrontRegion,
        input: fillTemplate(requestTemplate, {
          host,
          token: requestToken({ name, host, originAccessControlId, attempt }),
          tags: tagList(ownTags(name, tags)),
        }),
      },
    ],
  });
  return answers === undefined ? undefined : String(answers[0]?.['CertificateArn']);
}

/** ACM tells the record some seconds after the request; undefined where the certificate is decided already. */
async function validationRecordOf(
  context: Context,
  { arn, host }: { readonly arn: string; readonly host: string },
): Promise<RecordToMake | undefined> {
  const described = await poll(
    context,
    { text: `ACM to tell the validation record of "${host}"`, pauseMs: 2_000, limitMs: 120_000 },
    async () => {
      const certificate = await context.aws.acm.getCertificate(arn);
      if (certificate === undefined) return undefined;
      const isOpen = certificate.status === 'PENDING_VALIDATION';
      return isOpen && certificate.validationRecord === undefined ? undefined : certificate;
    },
  );
  const { validationRecord } = described;
  if (described.status !== 'PENDING_VALIDATION' || validationRecord === undefined) return undefined;
  return { type: 'CNAME', ...validationRecord };
}

async function waitUntilIssued(
  context: Context,
  { arn, domain }: { readonly arn: string; readonly domain: DomainPlan },
): Promise<void> {
  let seen: Certificate | undefined;
  await poll(
    context,
    {
      text: `the certificate of "${domain.host}" to be issued (some minutes after public DNS has its record)`,
      since: () => seen?.createdAt,
      pauseMs: 5_000,
      maxPauseMs: 20_000,
      onTimeout: () => notIssuedYet(context, { arn, domain, certificate: seen }),
    },
    async () => {
      seen = await context.aws.acm.getCertificate(arn);
      if (seen?.status === 'ISSUED') return true;
      if (seen !== undefined && seen.status !== 'PENDING_VALIDATION') {
        throw notIssued(domain.host, seen);
      }
      return undefined;
    },
  );
}

/** WAIT_TIMED_OUT: what is missing in public DNS, and that a rerun goes on. */
function notIssuedYet(
  context: Context,
  facts: {
    readonly arn: string;
    readonly domain: DomainPlan;
    readonly certificate: Certificate | undefined;
  },
): BootstrapError {
  const { arn, domain, certificate } = facts;
  const { host, zone } = domain;
  const seconds = Math.round(context.timeoutMs / 1000);
  const proof = certificate?.validationRecord;
  const record: RecordToMake | undefined =
    proof === undefined ? undefined : { type: 'CNAME', ...proof };
  const line = record === undefined ? 'its validation record' : `\`${recordLine(record)}\``;
  return new BootstrapError({
    code: 'WAIT_TIMED_OUT',
    message: `gave up waiting for the certificate of "${host}" after ${seconds}s: ACM has not seen its record in public DNS`,
    hint:
      (zone === undefined
        ? `create the DNS record ${line}, then run the same command again: it goes on from here`
        : `hosted zone "${zone.id}" has the record ${line}; check with \`dig +short NS ${zone.name}\` whether public DNS asks ` +
          'the name servers of that zone, then run the same command again: it goes on from here') +
      '; --timeout sets a longer wait',
    details: {
      waitedFor: 'certificate',
      seconds,
      domain: host,
      certificateArn: arn,
      hostedZoneId: zone?.id ?? null,
      records: record === undefined ? [] : [record],
    },
  });
}

function notIssued(host: string, certificate: Certificate): BootstrapError {
  const { arn, status, failureReason } = certificate;
  const reason = failureReason === undefined ? status : `${status}, ${failureReason}`;
  return new BootstrapError({
    code: 'AWS_REQUEST_FAILED',
    message: `ACM did not issue the certificate of "${host}" (${reason})`,
    hint: failedCertificateHint(host, certificate),
    details: {
      resource: 'acm-certificate',
      id: arn,
      domain: host,
      status,
      failureReason: failureReason ?? null,
    },
  });
}
