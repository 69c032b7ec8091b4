// The documents of a Talos patch. Talos adds the lists of a patch to those that it has, so that a patch
// applied twice would name an issuer twice, and kube-apiserver does not start with that. Therefore each
// list is deleted first and then given as a whole.
// https://docs.siderolabs.com/talos/v1.14/reference/configuration/kubernetes/kubeserviceaccountconfig

import talos from '../../../templates/cluster/talos.json' with { type: 'json' };
import type { JsonObject } from '../json.ts';
import { fillTemplate } from '../template.ts';

/** Lists of `accepted`: what API servers take besides the issuer and the key that sign. */
export type AcceptedLists = {
  readonly publicKeys?: readonly string[];
  readonly issuers?: readonly string[];
  readonly audiences?: readonly string[];
};

/**
 * The patch that sets these lists, leaves the others, and sets the issuer that signs where it is given. An
 * empty list is deleted.
 */
export function talosPatch(patch: {
  readonly issuerUrl?: string;
  readonly accepted: AcceptedLists;
}): readonly JsonObject[] {
  const lists = Object.entries(patch.accepted);
  const deleted = lists.map(([name]) => [name, { $patch: 'delete' }] as const);
  const given = lists.filter(([, values]) => values.length > 0);
  const issuer = patch.issuerUrl === undefined ? undefined : { issuerURL: patch.issuerUrl };
  const set = given.length === 0 ? undefined : Object.fromEntries(given);
  return [
    ...(lists.length === 0 ? [] : [document(undefined, Object.fromEntries(deleted))]),
    ...(issuer === undefined && set === undefined ? [] : [document(issuer, set)]),
  ];
}

function document(issuer: JsonObject | undefined, accepted: JsonObject | undefined): JsonObject {
  return fillTemplate(talos, { issuer, accepted });
}
