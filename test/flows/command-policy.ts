// The policy an operator copies from the README for a command, held against the calls that it made.

import * as fs from 'node:fs';
import { expect } from 'vitest';
import type { RecordedCall } from '../local-aws/server.ts';

type Statement = {
  readonly Sid: string;
  readonly Action: readonly string[];
  readonly Resource: string | readonly string[];
};

/** What the program does without where it is denied, with a poorer message or more calls. */
const isOptional = ({ Sid }: Statement): boolean => Sid.startsWith('Optional');

/** What a caller needs no permission for: STS tells everybody, and takes tokens unsigned. */
const free = new Set(['sts:GetCallerIdentity', 'sts:AssumeRoleWithWebIdentity']);

function policyOf(command: string): readonly Statement[] {
  const readme = fs.readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const [, after = ''] = readme.split(`<summary>${command}</summary>`);
  const json = /^\s*```json\n(.*?)```/s.exec(after)?.[1] ?? '{"Statement":[]}';
  return (JSON.parse(json) as { Statement: readonly Statement[] }).Statement;
}

/** `*` and `?` as IAM has them. */
function covers(statement: Statement, resource: string): boolean {
  return [statement.Resource].flat().some((pattern) => {
    const escaped = pattern.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`);
    return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`).test(resource);
  });
}

/** Actions of a command's policy that it can do without. */
export function optionalActions(command: string): readonly string[] {
  return policyOf(command)
    .filter(isOptional)
    .flatMap(({ Action }) => Action);
}

/** The policy allows every call, on its resource; and every action of it was called, or is optional. */
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
