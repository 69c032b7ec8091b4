// `--issuer-url`: the issuer of documents that are served elsewhere. Every command reads it here.

import { issuerUrlProblems, withoutUserinfo } from '../../core/issuer/issuer-url.ts';
import { addIssue, readRequired, readText, type Reading } from './flags.ts';

/** The issuer URL, which must be given; every problem with it is an issue. */
export function readRequiredIssuerUrl(reading: Reading): string {
  const url = readRequired(reading, 'issuerUrl');
  if (url !== '') checkIssuerUrl(reading, url);
  return url;
}

/** The issuer URL, if it is given; every problem with it is an issue. */
export function readIssuerUrl(reading: Reading): string | undefined {
  const url = readText(reading, 'issuerUrl');
  if (url !== undefined) checkIssuerUrl(reading, url);
  return url;
}

function checkIssuerUrl(reading: Reading, url: string): void {
  for (const problem of issuerUrlProblems(url)) {
    addIssue(reading, { flag: 'issuerUrl', message: `"${withoutUserinfo(url)}" ${problem}` });
  }
}
