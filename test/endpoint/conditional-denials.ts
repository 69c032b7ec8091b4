// moto applies a Deny of a bucket policy without looking at its Condition, so that our TLS-only
// statement would close the bucket to its owner. Such statements are kept from moto, and given back.

import { isJsonObject, type JsonObject } from '../../src/core/json.ts';

export type PolicyKeeper = {
  /** The policy moto may have in place of the one that was sent; the latter is kept. */
  readonly taken: (policy: string) => string;
  /** The latest policy that was sent. */
  readonly kept: () => string | undefined;
};

/** Keeps the policy of one bucket. */
export function policyKeeper(): PolicyKeeper {
  let latest: string | undefined;
  return {
    taken: (policy) => {
      latest = policy;
      const parsed = JSON.parse(policy) as { readonly Statement: readonly JsonObject[] };
      const harmless = parsed.Statement.filter((statement) => !deniesOnCondition(statement));
      return JSON.stringify({ ...parsed, Statement: harmless });
    },
    kept: () => latest,
  };
}

function deniesOnCondition(statement: JsonObject): boolean {
  return statement['Effect'] === 'Deny' && isJsonObject(statement['Condition']);
}
