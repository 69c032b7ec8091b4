// One YAML document, read as a CredentialsRequest for AWS: a request, a reason to skip it, or issues.
// Fields that the cluster would drop or misread are issues, so that no wrong role is created.

import template from '../../../templates/iam/role-policy.json' with { type: 'json' };
import {
  credentialsRequestApi,
  readRequestMembers,
  type RequestMembers,
} from './credentials-request-spec.ts';
import { quoted, rootField, type FieldProblem } from './fields.ts';
import { isJsonObject } from '../json.ts';
import { maxSubjectLength, objectNameProblem, serviceAccountSubject } from './kubernetes-names.ts';
import { policyProblems, type PolicyReading } from './policy-grammar.ts';
import { fillTemplate } from '../template.ts';

/** What a role and its manifests are made from. */
export type CredentialsRequest = {
  readonly name: string;
  readonly namespace?: string | undefined;
  /** As the user named it. */
  readonly file: string;
  /** Where the request begins; one-based. */
  readonly line: number;
  readonly secret: { readonly namespace: string; readonly name: string };
  /** Each once, in the order of the file. */
  readonly serviceAccounts: readonly string[];
  /** The inline policy as IAM takes it: compact JSON, within IAM's size; `none` without statements. */
  readonly policy: string;
  /** Managed policies of the annotation. */
  readonly managedPolicyArns: readonly string[];
  /** Path of the token in the pods. */
  readonly tokenPath: string;
  /** Gates without which the cluster lacks what the request is for. */
  readonly featureGates: readonly string[];
  /** A role that the request names itself (`stsIAMRoleARN`). */
  readonly ownRoleArn?: string | undefined;
};

export type ParsedRequest =
  | { readonly kind: 'request'; readonly request: Omit<CredentialsRequest, 'file' | 'line'> }
  | {
      readonly kind: 'skipped';
      readonly name: string;
      readonly reason: string;
      /** By which summaries count: `GCP`, `feature set CustomNoUpgrade`. */
      readonly group: string;
      /** Of a request that other flags or another feature set would include. */
      readonly secret?: { readonly namespace: string; readonly name: string } | undefined;
    }
  | { readonly kind: 'wrong'; readonly problems: readonly FieldProblem[] };

/** `<namespace>-<secret>` begins a file name; with its ending it must fit into 255 bytes. */
const maxSecretLength = 220;

const annotations = {
  delete: 'release.openshift.io/delete',
  featureSet: 'release.openshift.io/feature-set',
  featureGate: 'release.openshift.io/feature-gate',
} as const;
const techPreview = 'TechPreviewNoUpgrade';

/** Reads one document. */
export function parseCredentialsRequest(
  value: unknown,
  options: PolicyReading & { readonly enableTechPreview: boolean },
): ParsedRequest {
  if (!isJsonObject(value)) return wrong([], 'is not a manifest: must be a mapping');
  return foreignDocument(value) ?? skippedRequest(value, options) ?? checkedRequest(value, options);
}

/** Documents that are not a CredentialsRequest: other kinds are skipped, misspelt ones are issues. */
function foreignDocument(value: { readonly [key: string]: unknown }): ParsedRequest | undefined {
  const { apiVersion, kind } = value;
  if (typeof kind !== 'string') return wrong(['kind'], 'is required');
  if (typeof apiVersion !== 'string') return wrong(['apiVersion'], 'is required');
  if (kind === 'CredentialsRequest') {
    return apiVersion === credentialsRequestApi
      ? undefined
      : wrong(['apiVersion'], `${quoted(apiVersion)} is not ${credentialsRequestApi}`);
  }
  const group = credentialsRequestApi.replace(/\/.*$/, '/');
  if (apiVersion.startsWith(group) || kind.toLowerCase() === 'credentialsrequest') {
    return wrong(['kind'], `${quoted(kind)} is not CredentialsRequest`);
  }
  if (apiVersion === 'v1' && kind === 'List') {
    return wrong(
      ['kind'],
      'a List is not supported: give each CredentialsRequest as its own document',
    );
  }
  return skipped(value, {
    reason: `kind is ${quoted(kind)}, not CredentialsRequest`,
    group: 'not a CredentialsRequest',
  });
}

function skippedRequest(
  value: { readonly [key: string]: unknown },
  options: { readonly enableTechPreview: boolean },
): ParsedRequest | undefined {
  const notes = inside(inside(value, 'metadata'), 'annotations');
  if (inside(notes, annotations.delete) === 'true') {
    return skipped(value, {
      reason: `is marked for deletion (${annotations.delete})`,
      group: 'marked for deletion',
    });
  }
  const cloud = inside(inside(inside(value, 'spec'), 'providerSpec'), 'kind');
  if (typeof cloud === 'string' && cloud !== 'AWSProviderSpec') {
    return /^\w+ProviderSpec$/.test(cloud) && !/aws/i.test(cloud)
      ? skipped(value, {
          reason: `is for another cloud: ${cloud}`,
          group: cloud.replace(/ProviderSpec$/, ''),
        })
      : wrong(['spec', 'providerSpec', 'kind'], `${quoted(cloud)} is not AWSProviderSpec`);
  }
  const featureSet = inside(notes, annotations.featureSet);
  if (typeof featureSet !== 'string') return undefined;
  if (!commaList(featureSet).includes(techPreview)) {
    return skipped(value, {
      reason: `is for feature set ${quoted(featureSet)}`,
      group: `feature set ${commaList(featureSet).join(', ')}`,
      secret: secretOf(value),
    });
  }
  return options.enableTechPreview
    ? undefined
    : skipped(value, {
        reason: `is for feature set ${quoted(featureSet)}: --enable-tech-preview includes it`,
        group: 'tech preview',
        secret: secretOf(value),
      });
}

function checkedRequest(
  value: { readonly [key: string]: unknown },
  reading: PolicyReading,
): ParsedRequest {
  const problems: FieldProblem[] = [];
  const {
    secretRef,
    serviceAccountNames,
    annotations: notes,
    ...members
  } = readRequestMembers(rootField(value, problems), reading);
  if (problems.length > 0) return { kind: 'wrong', problems };
  const { statements } = members;
  const policy =
    statements.length === 0 ? 'none' : JSON.stringify(fillTemplate(template, { statements }));
  const beyond = limitProblems({ secretRef, serviceAccountNames, policy });
  if (beyond.length > 0) return { kind: 'wrong', problems: beyond };
  const texts = copied({
    name: members.name,
    namespace: members.namespace,
    secret: secretRef,
    serviceAccounts: [...new Set(serviceAccountNames)],
    tokenPath: members.tokenPath,
    featureGates: commaList(notes[annotations.featureGate] ?? ''),
    ownRoleArn: members.ownRoleArn,
    managedPolicyArns: members.managedPolicyArns,
  });
  return { kind: 'request', request: { ...texts, policy } };
}

/** Texts from the parser are slices of the file: one that is kept would keep the whole file in memory. */
function copied<Texts extends object>(texts: Texts): Texts {
  return JSON.parse(JSON.stringify(texts)) as Texts;
}

function limitProblems(
  request: Pick<RequestMembers, 'secretRef' | 'serviceAccountNames'> & { readonly policy: string },
): readonly FieldProblem[] {
  const problems: FieldProblem[] = [];
  const { namespace, name } = request.secretRef;
  if (namespace.length + name.length > maxSecretLength) {
    const message = `is too long: with its namespace at most ${maxSecretLength} characters`;
    problems.push({ path: ['spec', 'secretRef', 'name'], message });
  }
  for (const [index, serviceAccount] of request.serviceAccountNames.entries()) {
    if (serviceAccountSubject(namespace, serviceAccount).length <= maxSubjectLength) continue;
    const message = `is too long: "system:serviceaccount:<namespace>:<name>" has at most ${maxSubjectLength} characters`;
    problems.push({ path: ['spec', 'serviceAccountNames', index], message });
  }
  const entries = ['spec', 'providerSpec', 'statementEntries'];
  return [...problems, ...policyProblems(request.policy, entries)];
}

function skipped(
  value: { readonly [key: string]: unknown },
  why: Pick<Extract<ParsedRequest, { readonly kind: 'skipped' }>, 'reason' | 'group' | 'secret'>,
): ParsedRequest {
  const name = inside(inside(value, 'metadata'), 'name');
  const sound = typeof name === 'string' && objectNameProblem(name) === undefined;
  return { kind: 'skipped', name: sound ? name : '', ...why };
}

/** The place of the Secret that it asks for, if it can be read. */
function secretOf(value: {
  readonly [key: string]: unknown;
}): { readonly namespace: string; readonly name: string } | undefined {
  const reference = inside(inside(value, 'spec'), 'secretRef');
  const [namespace, name] = [inside(reference, 'namespace'), inside(reference, 'name')];
  return typeof namespace === 'string' && typeof name === 'string'
    ? { namespace, name }
    : undefined;
}

function wrong(path: readonly PropertyKey[], message: string): ParsedRequest {
  return { kind: 'wrong', problems: [{ path, message }] };
}

function inside(value: unknown, name: string): unknown {
  return isJsonObject(value) ? value[name] : undefined;
}

function commaList(text: string): readonly string[] {
  if (text === '') return [];
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
