// The members of a CredentialsRequest for AWS, as the cluster's own types define them, each value
// checked against its grammar. A statement takes no other members: one that is ignored could widen it.
// https://github.com/openshift/cloud-credential-operator/blob/master/pkg/apis/cloudcredential/v1/types_aws.go

import {
  addProblem,
  isAbsent,
  kindOf,
  member,
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

/** Reads the members of a request; problems are added to the root. */
export function readRequestMembers(root: Field): RequestMembers {
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
    ...readProviderSpec(member(spec, 'providerSpec')),
  };
}

function readProviderSpec(field: Field): Pick<RequestMembers, 'statements' | 'ownRoleArn'> {
  readText(member(field, 'apiVersion'), (text) =>
    text === credentialsRequestApi ? undefined : `is not ${credentialsRequestApi}`,
  );
  readText(member(field, 'kind'));
  return {
    statements: readList(member(field, 'statementEntries')).map(readStatement),
    ownRoleArn: optionalText(member(field, 'stsIAMRoleARN')),
  };
}

function readStatement(field: Field): JsonObject {
  for (const each of readMembers(field)) {
    if (statementMembers.includes(String(each.step))) continue;
    addProblem(each, `is no member of a statement, which has ${statementMembers.join(', ')}`);
  }
  return {
    Effect: readText(member(field, 'effect'), effectProblem),
    Action: readList(member(field, 'action')).map((item) => readText(item, actionProblem)),
    Resource: readText(member(field, 'resource'), resourceProblem),
    Condition: readCondition(member(field, 'policyCondition')),
  };
}

/** `{operator: {key: value}}`; undefined where it is absent or empty, which IAM refuses. */
function readCondition(field: Field): JsonObject | undefined {
  if (isAbsent(field)) return undefined;
  const operators = readMembers(field);
  for (const operator of operators) {
    for (const key of readMembers(operator)) {
      const values = Array.isArray(key.value) ? readList(key) : [key];
      for (const value of values) {
        if (['string', 'boolean', 'number'].includes(typeof value.value)) continue;
        addProblem(value, `must be a text, true, false or a number, not ${kindOf(value.value)}`);
      }
    }
  }
  return operators.length === 0 ? undefined : (field.value as JsonObject);
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

function tokenPathProblem(text: string): string | undefined {
  return /^\/[!-~]+$/.test(text) ? undefined : 'is not an absolute path without spaces';
}
