// `--domain` and the flags that go with it: an own domain for the issuer, and which of the zones and
// certificates of the account it uses.

import { domainProblems, type DomainWish } from '../../core/hosting/domain.ts';
import { addIssue, readText, type Reading } from './flags.ts';

/** The own domain; undefined without the flag. Every problem with it is an issue. */
export function readDomain(reading: Reading): DomainWish | undefined {
  const host = readText(reading, 'domain');
  const hostedZoneId = readZoneId(reading);
  const certificateArn = readCertificateArn(reading);
  if (host === undefined) {
    for (const flag of ['hostedZoneId', 'certificateArn']) {
      if (reading.flags[flag] === undefined || reading.flags['domain'] !== undefined) continue;
      addIssue(reading, { flag, message: 'goes with --domain, which is not given' });
    }
    return undefined;
  }
  const requested = reading.flags['certificateArn'] === undefined;
  for (const problem of domainProblems(host, { requested })) {
    addIssue(reading, { flag: 'domain', message: `"${host}" ${problem}` });
  }
  refuseOtherHosting(reading);
  return { host, hostedZoneId, certificateArn };
}

/** Flags that choose another hosting than CloudFront in front of a bucket of this name. */
function refuseOtherHosting(reading: Reading): void {
  const { publicS3Bucket, createPrivateS3Bucket, issuerUrl } = reading.flags;
  const isSet = (value: unknown): boolean => value === true || value === 'true' || value === '1';
  const isUnset = (value: unknown): boolean =>
    value === false || value === 'false' || value === '0';
  const message =
    'asks for another hosting than --domain, which needs CloudFront; give one of the two';
  if (isSet(publicS3Bucket)) addIssue(reading, { flag: 'publicS3Bucket', message });
  if (isUnset(createPrivateS3Bucket)) addIssue(reading, { flag: 'createPrivateS3Bucket', message });
  if (issuerUrl !== undefined) addIssue(reading, { flag: 'issuerUrl', message });
}

/** As Route 53 gives it, with or without `/hostedzone/`. */
function readZoneId(reading: Reading): string | undefined {
  const flag = 'hostedZoneId';
  const text = readText(reading, flag);
  if (text === undefined) return undefined;
  const id = text.replace(/^\/?hostedzone\//, '');
  if (/^[A-Z0-9]{1,32}$/.test(id)) return id;
  const message = `"${text}" is not the ID of a hosted zone, such as Z0123456789ABCDEFGHIJ`;
  addIssue(reading, { flag, message });
  return undefined;
}

function readCertificateArn(reading: Reading): string | undefined {
  const flag = 'certificateArn';
  const text = readText(reading, flag);
  if (text === undefined) return undefined;
  const region = /^arn:aws[a-z-]*:acm:([a-z0-9-]+):\d{12}:certificate\/[\w-]{1,64}$/.exec(
    text,
  )?.[1];
  if (region === 'us-east-1') return text;
  const message =
    region === undefined
      ? `"${text}" is not the ARN of an ACM certificate, such as arn:aws:acm:us-east-1:111122223333:certificate/<id>`
      : `"${text}" is of region "${region}"; CloudFront takes certificates of us-east-1 alone, so request or import it there`;
  addIssue(reading, { flag, message });
  return undefined;
}
