// Compares the IAM policy that the README documents for a command with the calls that the command made.

import * as fs from 'node:fs';
import { expect } from 'vitest';
import type { RecordedCall } from '../local-aws/server.ts';

type Statement = {
  readonly Sid: string;
  readonly Action: readonly string[];
  readonly Resource: string | readonly string[];
};

/** Actions that the program can work without, with a shorter message or more calls. */
const isOptional = ({ Sid }: Statement): boolean => Sid.startsWith('Optional');

/** Actions that need no permission: GetCallerIdentity, and AssumeRoleWithWebIdentity, which is unsigned. */
const free = new Set(['sts:GetCallerIdentity', 'sts:AssumeRoleWithWebIdentity']);

function policyOf(command: string): readonly Statement[] {
  const readme = fs.readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const [, after = ''] = readme.split(`<summary>${command}</summary>`);
  const json = /^\s*```json\n(.*?)```/s.exec(after)?.[1] ?? '{"Statement":[]}';
  return (JSON.parse(json) as { Statement: readonly Statement[] }).Statement;
}

/** Matches `*` and `?` as IAM does. */
function covers(statement: Statement, resource: string): boolean {
  return [statement.Resource].flat().some((pattern) => {
    const escaped = pattern.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`);
    return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`).test(resource);
  });
}

/** Actions of a command's policy that are optional. */
export function optionalActions(command: string): readonly string[] {
  return policyOf(command)
    .filter(isOptional)
    .flatMap(({ Action }) => Action);
}

/** Checks that the policy allows every call on its resource, and that each action was called or is optional. */
export function expectExactly(command: string, calls: readonly RecordedCall[]): void {
  const statements = policyOf(command);
  const allowed = (action: string, resource: string): boolean =>
    statements.some((one) => one.Action.includes(action) && covers(one, resource));
  const needed = calls.flatMap(({ actions, resource }) =>
    actions.filter((action) => !free.has(action)).map((action) => ({ action, resource })),
  );
  const denied = needed.filter(({ action, resource }) => !allowed(action, resource));
  expect([...new Set(denied.map(({ action, resource }) => `${action} on ${resource}`))]).toEqual(
    [],
  );
  const unused = statements
    .filter((statement) => !isOptional(statement))
    .flatMap((statement) =>
      statement.Action.filter(
        (action) =>
          !needed.some((need) => need.action === action && covers(statement, need.resource)),
      ),
    );
  expect(unused).toEqual([]);
}
