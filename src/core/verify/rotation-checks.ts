// Compares the rotation state with the keys that are published.

import { BootstrapError } from '../errors.ts';
import { removedReason, type RotationState } from '../rotation/state.ts';
import { parseRotationState } from '../rotation/parse-state.ts';
import { missingProof } from '../rotation/prove-cut.ts';
import { rotationStateKey } from '../keys/removed-keys.ts';
import { failed, passed, skipped, warned, type Check, type Finding } from './check.ts';
import type { Commands, StoredDocument } from './hosting-facts.ts';
import type { Seen } from '../seen.ts';

const id = 'documents-rotation';

/** The check of a rotation state. */
export function rotationCheck(
  stored: Seen<StoredDocument | undefined>,
  facts: {
    readonly name: string;
    readonly issuer: string;
    /** Kids of keys.json; undefined where it cannot be read. */
    readonly published: readonly string[] | undefined;
    readonly commands: Commands;
  },
): Check {
  if (!stored.seen) return skipped(id, rotationStateKey, stored.why);
  if (stored.value === undefined) return passed(id, rotationStateKey, 'no key was rotated yet');
  let state: RotationState | undefined;
  try {
    state = parseRotationState(stored.value.body, rotationStateKey).state;
  } catch (error) {
    if (!(error instanceof BootstrapError)) throw error;
    return failed(id, rotationStateKey, { detail: error.message, hint: error.hint ?? '' });
  }
  if (state === undefined) return passed(id, rotationStateKey, 'no key was rotated yet');
  const finding = disagreement(state, facts);
  if (finding !== undefined) return failed(id, rotationStateKey, finding);
  const unproven = missingProof(state);
  if (unproven !== undefined) {
    const [detail = '', hint = ''] = unproven.split('; ');
    return warned(id, rotationStateKey, { detail, hint });
  }
  return passed(id, rotationStateKey, `phase ${state.phase}`);
}

function disagreement(
  state: RotationState,
  { name, issuer, published, commands }: Parameters<typeof rotationCheck>[1],
): Finding | undefined {
  const rotate = `oidc-bootstrap rotate-keys status ${commands.flags}`;
  const other = [
    ...(state.name === name ? [] : [`name "${state.name}", not "${name}"`]),
    ...(state.issuer === issuer ? [] : [`issuer "${state.issuer}", not "${issuer}"`]),
  ];
  if (other.length > 0) {
    return {
      detail: `the rotation state "${rotationStateKey}" belongs to ${other.join(', and to ')}`,
      hint: `somebody copied or changed it: restore it; if that is not possible, \`${commands.emergency}\` replaces it together with every key`,
    };
  }
  if (published === undefined) return undefined;
  const revoked = published.find((kid) => removedReason(state, kid) !== undefined);
  if (revoked !== undefined) {
    return {
      detail: `key "${revoked}" is published, but a rotation ${removedReason(state, revoked) ?? 'removed'} it: STS accepts its tokens`,
      hint: `remove its entry from keys.json and openid/v1/jwks; \`${rotate}\` shows where the rotation stands`,
    };
  }
  const missing = state.keys.find(({ keyId }) => !published.includes(keyId));
  if (missing === undefined) return undefined;
  return {
    detail: `the ${missing.role} key "${missing.keyId}" of the rotation is not published: STS refuses its tokens`,
    hint:
      missing.role === 'current'
        ? `publish it again: \`${commands.publishKey}\``
        : `run \`${rotate}\`, and take the step that it names`,
  };
}
