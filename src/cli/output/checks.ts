// The checklist of `verify`, grouped by side, and the findings at its end, the worst last.

import { findingsOf, type CheckSide, type CheckStatus } from '../../core/verify/check.ts';
import type { ResultCheck, VerifyResult } from '../../core/verify/result.ts';
import { heading, type Page } from './page.ts';

const sides: readonly (readonly [side: CheckSide, title: string])[] = [
  ['documents', 'Documents'],
  ['hosting', 'Hosting'],
  ['provider', 'IAM provider'],
  ['roles', 'Roles'],
  ['token', 'Token'],
  ['files', 'Files'],
];

/** The text of a result. */
export function describeChecks({ issuer, checks }: VerifyResult, page: Page): string {
  const several = checks.some(({ cluster }) => cluster !== undefined);
  const lists = several
    ? [clusterLines(checks, page)]
    : sides.flatMap(([side, title]) => {
        const ofSide = checks.filter((check) => check.side === side);
        if (ofSide.length === 0) return [];
        return [[heading(page, title), ...sideLines(ofSide, page)].join('\n')];
      });
  const first = issuer === null ? [] : [`${page.style.quiet('issuer'.padEnd(19))}${issuer}`];
  const last = several
    ? ['`oidc-bootstrap verify --name <name>` shows the checks of one name, and what mends them.']
    : findingLines(checks, page);
  return [...first, ...lists, ...last, summary(checks, page)].join('\n\n');
}

/**
 * What passed is one line for a side, unless everything is asked for. The steps at which STS decides on a
 * token are listed where one of them is a finding: how far the token came says what is wrong with it.
 */
function sideLines(checks: readonly ResultCheck[], page: Page): readonly string[] {
  const passed = checks.filter(({ status }) => status === 'pass').length;
  const failed = checks.some(({ status }) => status === 'fail' || status === 'warn');
  const walked = failed && checks.some(({ side }) => side === 'token');
  if (!page.verbose && !walked) {
    const text = passed === 1 ? '1 check' : `${passed} checks`;
    return [
      ...(passed === 0 ? [] : [line('pass', `${text}; --verbose lists them`, page)]),
      ...checks
        .filter(({ status }) => status !== 'pass')
        .map((check) => line(check.status, `${check.id}: ${textOf(check, page)}`, page)),
    ];
  }
  const ids = [...new Set(checks.map(({ id }) => id))];
  return ids.flatMap((id) => {
    const rows = checks.filter((check) => check.id === id);
    const good = rows.filter(({ status }) => status === 'pass');
    const folded = !page.verbose && good.length > 1;
    const counted = `${good.length} of ${rows.length}`;
    return [
      ...(folded ? [line('pass', `${id}: ${counted}`, page)] : []),
      ...rows
        .filter(({ status }) => !(folded && status === 'pass'))
        .map((check) => line(check.status, `${id}: ${textOf(check, page)}`, page)),
    ];
  });
}

function textOf({ status, subject, detail }: ResultCheck, page: Page): string {
  if (status === 'fail' || status === 'warn') return subject;
  return page.verbose && !detail.includes(subject) ? `${subject}: ${detail}` : detail;
}

function line(status: CheckStatus, text: string, page: Page): string {
  return `  ${paint(status, page)(status.padEnd(8))}${text}`;
}

function paint(status: CheckStatus, { style }: Page): (text: string) => string {
  const styles = { pass: style.good, warn: style.caution, fail: style.bad, skipped: style.quiet };
  return styles[status];
}

/** One line for each cluster, the worst first. */
function clusterLines(checks: readonly ResultCheck[], page: Page): string {
  const names = [...new Set(checks.map(({ cluster = '' }) => cluster))];
  const rows = names.map((name) => {
    const own = checks.filter(({ cluster }) => cluster === name);
    const findings = findingsOf(own);
    const [first] = findings;
    const status = first?.status ?? 'pass';
    const more = findings.length > 1 ? ` (and ${findings.length - 1} more)` : '';
    const text = first === undefined ? 'no finding' : `${first.id}: ${first.detail}${more}`;
    return { status, line: line(status, `${name}: ${text}`, page) };
  });
  const order: readonly CheckStatus[] = ['fail', 'warn', 'pass'];
  return rows
    .toSorted((a, b) => order.indexOf(a.status) - order.indexOf(b.status))
    .map((row) => row.line)
    .join('\n');
}

/** Each finding with what to do; the first to mend stands at the very end. */
function findingLines(checks: readonly ResultCheck[], page: Page): readonly string[] {
  return findingsOf(checks)
    .toReversed()
    .map((check) =>
      [
        `${paint(check.status, page)(check.status)} ${page.style.strong(check.id)}`,
        `  ${check.detail}`,
        ...(check.hint === null ? [] : [`  ${page.style.strong('to do:')} ${check.hint}`]),
      ].join('\n'),
    );
}

function summary(checks: readonly ResultCheck[], { style }: Page): string {
  const count = (status: CheckStatus): number =>
    checks.filter((check) => check.status === status).length;
  const skipped = count('skipped') === 0 ? '' : `, ${count('skipped')} skipped`;
  const warnings = count('warn') === 1 ? '1 warning' : `${count('warn')} warnings`;
  const text = `${count('pass')} passed, ${warnings}, ${count('fail')} failed${skipped}.`;
  return count('fail') > 0 ? style.bad(text) : style.good(text);
}
