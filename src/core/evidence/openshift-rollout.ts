// How far OpenShift's kube-apiserver operator is: its conditions, and the revision of each control-plane
// node. The operator gives a new public key to every node before it lets one sign with it.
// https://github.com/openshift/cluster-kube-apiserver-operator (boundsatokensignercontroller)

import { isJsonObject, parseJson, type JsonObject } from '../json.ts';

/** The operator's own report, and the nodes that its operand runs on. */
export const rolloutPaths = {
  operator: '/apis/config.openshift.io/v1/clusteroperators/kube-apiserver',
  nodes: '/apis/operator.openshift.io/v1/kubeapiservers/cluster',
} as const;

/** The Secret through which the operator takes a key. */
export const signingSecret = {
  namespace: 'openshift-kube-apiserver-operator',
  name: 'next-bound-service-account-signing-key',
} as const;

/** What is not done yet, in a few words; undefined where the rollout is at its end. */
export function rolloutLeft(answers: {
  readonly operator: string;
  readonly nodes: string;
}): string | undefined {
  const operator = statusIn(answers.operator);
  const nodes = statusIn(answers.nodes);
  if (operator === undefined || nodes === undefined) return 'its operator gives no status';
  const conditions = objectsIn(operator, 'conditions');
  const is = (type: string): JsonObject | undefined =>
    conditions.find((condition) => condition['type'] === type);
  if (is('Degraded')?.['status'] === 'True') {
    return `its operator is degraded: ${shortText(is('Degraded')?.['message'])}`;
  }
  const latest = nodes['latestAvailableRevision'];
  const statuses = objectsIn(nodes, 'nodeStatuses');
  if (statuses.length === 0) return 'its operator names no node';
  const behind = statuses.filter((node) => node['currentRevision'] !== latest);
  if (behind.length > 0) {
    const done = statuses.length - behind.length;
    return `${done} of ${statuses.length} nodes have revision ${String(latest)}`;
  }
  if (is('Available')?.['status'] !== 'True') return 'its operator is not available';
  if (is('Progressing')?.['status'] !== 'False') return 'its operator is at work';
  return undefined;
}

function statusIn(text: string): JsonObject | undefined {
  const object = parseJson(text);
  const status = isJsonObject(object) ? object['status'] : undefined;
  return isJsonObject(status) ? status : undefined;
}

function objectsIn(object: JsonObject, field: string): readonly JsonObject[] {
  const list = object[field];
  return Array.isArray(list) ? list.filter(isJsonObject) : [];
}

function shortText(value: unknown): string {
  return typeof value === 'string' && value !== '' ? value.slice(0, 200) : 'it does not say why';
}
