// The members of a CredentialsRequest for AWS, as the cluster's own types define them, each value
// checked against its grammar. A statement takes no other members: one that is ignored could widen it.
// https://github.com/openshift/cloud-credential-operator/blob/master/pkg/apis/cloudcredential/v1/types_aws.go

import {
  addProblem,
  isAbsent,
  member,
  quoted,
  readList,
  readMembers,
  readText,
  type Field,
} from './fields.ts';
import type { JsonObject } from '../json.ts';
import { namespaceProblem, objectNameProblem } from './kubernetes-names.ts';
import {
  attachedPolicyLimits,
  managedPoliciesAnnotation,
  managedPolicyProblem,
} from './managed-policies.ts';
import {
  actionProblem,
  effectProblem,
  readCondition,
  resourceProblem,
  type PolicyReading,
} from './policy-grammar.ts';

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
  /** As IAM takes them; empty only where managed policies are named. */
  readonly statements: readonly JsonObject[];
  /** Of the annotation, each once. */
  readonly managedPolicyArns: readonly string[];
  readonly ownRoleArn: string | undefined;
};

/** Reads the members of a request; problems are added to the root. */
export function readRequestMembers(root: Field, reading: PolicyReading): RequestMembers {
  const metadata = member(root, 'metadata');
  const spec = member(root, 'spec');
  const secretRef = member(spec, 'secretRef');
  const notes = member(metadata, 'annotations');
  const annotations = readAnnotations(notes);
  const managedPolicyArns = readManagedPolicies(member(notes, managedPoliciesAnnotation), reading);
  return {
    name: readText(member(metadata, 'name'), objectNameProblem),
    namespace: optionalText(member(metadata, 'namespace'), namespaceProblem),
    annotations,
    secretRef: {
      namespace: readText(member(secretRef, 'namespace'), namespaceProblem),
      name: readText(member(secretRef, 'name'), objectNameProblem),
    },
    serviceAccountNames: readServiceAccounts(member(spec, 'serviceAccountNames')),
    tokenPath: optionalText(member(spec, 'cloudTokenPath'), tokenPathProblem) ?? defaultTokenPath,
    managedPolicyArns,
    ...readProviderSpec(member(spec, 'providerSpec'), {
      ...reading,
      mayBeEmpty: managedPolicyArns.length > 0,
    }),
  };
}

function readProviderSpec(
  field: Field,
  reading: PolicyReading & { readonly mayBeEmpty: boolean },
): Pick<RequestMembers, 'statements' | 'ownRoleArn'> {
  readText(member(field, 'apiVersion'), (text) =>
    text === credentialsRequestApi ? undefined : `is not ${credentialsRequestApi}`,
  );
  readText(member(field, 'kind'));
  const entries = member(field, 'statementEntries');
  const none = isAbsent(entries) || (Array.isArray(entries.value) && entries.value.length === 0);
  return {
    statements:
      none && reading.mayBeEmpty
        ? []
        : readList(entries).map((entry) => readStatement(entry, reading)),
    ownRoleArn: optionalText(member(field, 'stsIAMRoleARN')),
  };
}

function readStatement(field: Field, reading: PolicyReading): JsonObject {
  for (const each of readMembers(field)) {
    if (statementMembers.includes(String(each.step))) continue;
    addProblem(each, `is no member of a statement, which has ${statementMembers.join(', ')}`);
  }
  return {
    Effect: readText(member(field, 'effect'), effectProblem),
    Action: readList(member(field, 'action')).map((item) => readText(item, actionProblem)),
    Resource: readText(member(field, 'resource'), (text) =>
      resourceProblem(text, reading.partition),
    ),
    Condition: readCondition(member(field, 'policyCondition'), reading),
  };
}

/** The managed policies of the annotation; each is checked, and there are no more than a role can have. */
function readManagedPolicies(field: Field, reading: PolicyReading): readonly string[] {
  if (typeof field.value !== 'string') return [];
  const arns = [...new Set(field.value.split(',').map((item) => item.trim()))].filter(
    (item) => item !== '',
  );
  for (const arn of arns) {
    const problem = managedPolicyProblem(arn, reading);
    if (problem !== undefined) addProblem(field, `${quoted(arn)} ${problem}`);
  }
  const { most } = attachedPolicyLimits;
  if (arns.length > most) {
    addProblem(field, `names ${arns.length} managed policies; a role has at most ${most}`);
  }
  return arns;
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

function tokenPathProblem(text: string): string | undefined {
  return /^\/[!-;=?-~]+$/.test(text)
    ? undefined
    : 'is not an absolute path without spaces, < and >';
}
