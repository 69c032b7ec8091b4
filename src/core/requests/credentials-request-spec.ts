// The members of a CredentialsRequest for AWS, as the cluster's own types define them, each value
// checked against its grammar. A statement takes no other members: one that is ignored could widen it.
// https://github.com/openshift/cloud-credential-operator/blob/master/pkg/apis/cloudcredential/v1/types_aws.go

import {
  addProblem,
  isAbsent,
  kindOf,
  member,
  pathOf,
  quoted,
  readList,
  readMembers,
  readText,
  type Field,
} from './fields.ts';
import type { JsonObject } from '../json.ts';
import { namespaceProblem, objectNameProblem } from './kubernetes-names.ts';

/** Group and version of CredentialsRequests and of their provider specs. */
export const credentialsRequestApi = 'cloudcredential.openshift.io/v1';

/** Where operators mount their token unless a request says otherwise. */
const defaultTokenPath = '/var/run/secrets/openshift/serviceaccount/token';

const statementMembers = ['effect', 'action', 'resource', 'policyCondition'];

/** A CredentialsRequest as it stands in the file. Only meaningful where no problem was added. */
export type RequestMembers = {
  readonly name: string;
  readonly namespace: string | undefined;
  readonly annotations: { readonly [key: string]: string };
  readonly secretRef: { readonly namespace: string; readonly name: string };
  readonly serviceAccountNames: readonly string[];
  readonly tokenPath: string;
  /** As IAM takes them. */
  readonly statements: readonly JsonObject[];
  readonly ownRoleArn: string | undefined;
};

/** What reading a request needs besides its values. */
export type RequestReading = {
  /** Partition of the account, where it is known: resources are of it. */
  readonly partition?: string | undefined;
  /** A plain scalar as it was written. */
  readonly textOf: (path: readonly PropertyKey[]) => string | undefined;
};

/** Reads the members of a request; problems are added to the root. */
export function readRequestMembers(root: Field, reading: RequestReading): RequestMembers {
  const metadata = member(root, 'metadata');
  const spec = member(root, 'spec');
  const secretRef = member(spec, 'secretRef');
  return {
    name: readText(member(metadata, 'name'), objectNameProblem),
    namespace: optionalText(member(metadata, 'namespace'), namespaceProblem),
    annotations: readAnnotations(member(metadata, 'annotations')),
    secretRef: {
      namespace: readText(member(secretRef, 'namespace'), namespaceProblem),
      name: readText(member(secretRef, 'name'), objectNameProblem),
    },
    serviceAccountNames: readServiceAccounts(member(spec, 'serviceAccountNames')),
    tokenPath: optionalText(member(spec, 'cloudTokenPath'), tokenPathProblem) ?? defaultTokenPath,
    ...readProviderSpec(member(spec, 'providerSpec'), reading),
  };
}

function readProviderSpec(
  field: Field,
  reading: RequestReading,
): Pick<RequestMembers, 'statements' | 'ownRoleArn'> {
  readText(member(field, 'apiVersion'), (text) =>
    text === credentialsRequestApi ? undefined : `is not ${credentialsRequestApi}`,
  );
  readText(member(field, 'kind'));
  return {
    statements: readList(member(field, 'statementEntries')).map((entry) =>
      readStatement(entry, reading),
    ),
    ownRoleArn: optionalText(member(field, 'stsIAMRoleARN')),
  };
}

function readStatement(field: Field, reading: RequestReading): JsonObject {
  for (const each of readMembers(field)) {
    if (statementMembers.includes(String(each.step))) continue;
    addProblem(each, `is no member of a statement, which has ${statementMembers.join(', ')}`);
  }
  return {
    Effect: readText(member(field, 'effect'), effectProblem),
    Action: readList(member(field, 'action')).map((item) => readText(item, actionProblem)),
    Resource: readText(
      member(field, 'resource'),
      (text) => resourceProblem(text) ?? partitionProblem(text, reading.partition),
    ),
    Condition: readCondition(member(field, 'policyCondition'), reading),
  };
}

/** `{operator: {key: value}}`; undefined where it is absent or empty, which IAM refuses. */
function readCondition(field: Field, reading: RequestReading): JsonObject | undefined {
  if (isAbsent(field)) return undefined;
  const operators = readMembers(field).map((operator) => {
    const keys = readMembers(operator).map((key) => {
      const values = Array.isArray(key.value)
        ? readList(key).map((value) => conditionText(value, reading))
        : conditionText(key, reading);
      return [String(key.step), values] as const;
    });
    return [String(operator.step), Object.fromEntries(keys)] as const;
  });
  return operators.length === 0 ? undefined : Object.fromEntries(operators);
}

/** Texts that YAML reads as the boolean or number that they look like, digit by digit. */
const sameText = /^(?:true|false|-?(?:0|[1-9]\d*)(?:\.\d+)?)$/;

/**
 * A condition value as the text that was written, which is what IAM compares. A boolean or number that
 * other readers of the request would change (012, 0x1F, 1e3, yes, twenty digits) has to be quoted.
 */
function conditionText(field: Field, reading: RequestReading): string {
  const { value } = field;
  if (typeof value === 'string') return value;
  if (typeof value !== 'boolean' && typeof value !== 'number') {
    addProblem(field, `must be a text, true, false or a number, not ${kindOf(value)}`);
    return '';
  }
  const text = reading.textOf(pathOf(field)) ?? String(value);
  const digits = text.replaceAll(/\D/g, '').length;
  if (!sameText.test(text) || digits > 15) {
    addProblem(field, `${text} is read as ${String(value)}; quote it: "${text}"`);
  }
  return text;
}

function readServiceAccounts(field: Field): readonly string[] {
  if (isAbsent(field) || (Array.isArray(field.value) && field.value.length === 0)) {
    addProblem(field, 'names no service account: nothing could assume the role');
    return [];
  }
  return readList(field).map((item) => readText(item, objectNameProblem));
}

function readAnnotations(field: Field): { readonly [key: string]: string } {
  if (isAbsent(field)) return {};
  for (const annotation of readMembers(field)) readText(annotation);
  return field.value as { readonly [key: string]: string };
}

/** Absent and empty are the same to Kubernetes. */
function optionalText(
  field: Field,
  grammar?: (text: string) => string | undefined,
): string | undefined {
  return isAbsent(field) || field.value === '' ? undefined : readText(field, grammar);
}

function effectProblem(text: string): string | undefined {
  return text === 'Allow' || text === 'Deny' ? undefined : 'is neither Allow nor Deny';
}

function actionProblem(text: string): string | undefined {
  return /^(?:\*|[\w*?-]+:[\w*?-]+)$/.test(text)
    ? undefined
    : 'is not an action such as s3:GetObject, s3:* or *';
}

function resourceProblem(text: string): string | undefined {
  return /^(?:\*|arn:[\x20-\xff]+)$/.test(text) ? undefined : 'is neither * nor an ARN';
}

/** IAM takes no resource of another partition than the account's; wildcards are its own to judge. */
function partitionProblem(text: string, wanted: string | undefined): string | undefined {
  const [, partition = ''] = /^arn:([^:]*)/.exec(text) ?? [];
  if (wanted === undefined || text === '*' || partition === wanted || /[*?]/.test(partition)) {
    return undefined;
  }
  return `is of partition "${partition}", the account of "${wanted}": write ${quoted(text.replace(/^arn:[^:]*/, `arn:${wanted}`))}`;
}

function tokenPathProblem(text: string): string | undefined {
  return /^\/[!-~]+$/.test(text) ? undefined : 'is not an absolute path without spaces';
}
