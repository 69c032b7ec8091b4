// The inline policy of `--policy-file`: a policy document as IAM takes it, checked member by member
// before anything is asked of AWS, since IAM refuses a policy as a whole and names no place in it.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html

import { InputError, type InputIssue } from '../errors.ts';
import { readJson } from '../json.ts';
import {
  addProblem,
  isAbsent,
  member,
  quoted,
  readList,
  readMembers,
  readText,
  rootField,
  type Field,
  type FieldProblem,
} from './fields.ts';
import {
  actionProblem,
  effectProblem,
  policyProblems,
  readCondition,
  resourceProblem,
  type PolicyReading,
} from './policy-grammar.ts';
import { fieldName, readYamlDocuments, type YamlDocument } from './yaml-documents.ts';

const documentMembers = ['Version', 'Id', 'Statement'];
const statementMembers = [
  'Sid',
  'Effect',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
];

/** Gives the policy as compact JSON. INPUT_INVALID (exit 2) with line and field of all that is wrong. */
export function readPolicyFile(
  text: string,
  options: { readonly file: string; readonly partition?: string | undefined },
): string {
  const { file, partition } = options;
  const issues: InputIssue[] = [];
  const value = parseJson(text, (issue) => void issues.push({ file, ...issue }));
  // JSON is YAML: its reader knows the lines, and which keys stand twice.
  const documents =
    issues.length > 0
      ? []
      : readYamlDocuments(text, (issue) => {
          issues.push({ file, ...issue });
        });
  for (const document of documents) {
    for (const { path, message } of documentProblems(value, { document, partition })) {
      issues.push({ file, line: document.lineOf(path), field: fieldName(path), message });
    }
  }
  if (issues.length > 0) {
    throw new InputError(issues, 'correct the policy; --dry-run writes it as IAM gets it');
  }
  return JSON.stringify(value);
}

function parseJson(
  text: string,
  onIssue: (issue: { readonly line: number | undefined; readonly message: string }) => void,
): unknown {
  try {
    const value: unknown = readJson(text);
    if (value === null) onIssue({ line: 1, message: 'is no policy: must be a mapping' });
    return value;
  } catch (error) {
    const reason = error instanceof Error ? error.message : '';
    // Not every message of every Node tells where.
    const told = /position (\d+)/.exec(reason)?.[1];
    const position = told ?? (/end of JSON/.test(reason) ? text.trimEnd().length : undefined);
    const line = position && text.slice(0, Number(position)).split('\n').length;
    // Node quotes what stands there, which may be a secret: the file may be another one than was meant.
    const what = reason.replace(/, (?:\.{3})?"[^]*/, '').replaceAll(/\s+/g, ' ');
    const message = text.trim() === '' ? 'is empty' : `is not valid JSON: ${what}`;
    onIssue({ line: line === undefined ? undefined : Number(line), message });
    return undefined;
  }
}

function documentProblems(
  value: unknown,
  reading: { readonly document: YamlDocument; readonly partition: string | undefined },
): readonly FieldProblem[] {
  const problems: FieldProblem[] = [];
  const root = rootField(value, problems);
  refuseOtherMembers(root, { of: 'a policy', members: documentMembers });
  if (problems.length > 0 && isNoMapping(value)) return problems;
  const version = member(root, 'Version');
  if (!isAbsent(version)) readText(version, versionProblem);
  const { textOf } = reading.document;
  const statements = elementsOf(member(root, 'Statement'));
  const sids = new Set<string>();
  for (const statement of statements) {
    readStatement(statement, { textOf, partition: reading.partition, sids });
  }
  if (problems.length > 0) return problems;
  return policyProblems(JSON.stringify(value), ['Statement']);
}

function readStatement(
  field: Field,
  reading: PolicyReading & { readonly sids: Set<string> },
): void {
  refuseOtherMembers(field, { of: 'a statement', members: statementMembers });
  if (isNoMapping(field.value)) return;
  const sid = member(field, 'Sid');
  if (!isAbsent(sid)) {
    const text = readText(sid, sidProblem);
    if (reading.sids.has(text)) addProblem(sid, `${quoted(text)} is the Sid of another statement`);
    else reading.sids.add(text);
  }
  readText(member(field, 'Effect'), effectProblem);
  readEither(field, ['Action', 'NotAction'], actionProblem);
  readEither(field, ['Resource', 'NotResource'], (text) =>
    resourceProblem(text, reading.partition),
  );
  readCondition(member(field, 'Condition'), reading);
}

/** One of two members, a text or a list of texts. */
function readEither(
  field: Field,
  [name, not]: readonly [string, string],
  grammar: (text: string) => string | undefined,
): void {
  const [one, other] = [member(field, name), member(field, not)];
  if (!isAbsent(one) && !isAbsent(other)) addProblem(other, `stands beside ${name}`);
  for (const item of elementsOf(isAbsent(other) ? one : other)) readText(item, grammar);
}

/** The elements of a list, or the one thing that stands in its place. */
function elementsOf(field: Field): readonly Field[] {
  return Array.isArray(field.value) || isAbsent(field) ? readList(field) : [field];
}

function refuseOtherMembers(
  field: Field,
  { of, members }: { readonly of: string; readonly members: readonly string[] },
): void {
  for (const each of readMembers(field)) {
    if (members.includes(String(each.step))) continue;
    addProblem(
      each,
      /^(?:Not)?Principal$/.test(String(each.step))
        ? 'stands in trust policies only: whom the role trusts follows from --service-account'
        : `is no member of ${of}, which has ${members.join(', ')}`,
    );
  }
}

function isNoMapping(value: unknown): boolean {
  return typeof value !== 'object' || value === null || Array.isArray(value);
}

function versionProblem(text: string): string | undefined {
  return text === '2012-10-17' || text === '2008-10-17' ? undefined : 'is not 2012-10-17';
}

function sidProblem(text: string): string | undefined {
  return /^[0-9A-Za-z]*$/.test(text) ? undefined : 'is no Sid: letters and digits only';
}
