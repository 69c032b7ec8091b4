// `retire --key <kid>`: removes a published key without a role from the key set for good. Its owner is
// unknown, and its tokens are refused from then on, so the name must be confirmed.

import { refuse } from './refusals.ts';
import { removalsOf } from './remove-keys.ts';
import { settle } from './settle.ts';
import type { StepInput } from './settings.ts';
import { removedReason, timestamp, withHistory } from './state.ts';
import type { Decision } from './view.ts';
import { shellWord } from '../shell-word.ts';

/** Decides `retire --key`. The state records the kid as removed before the key set is written. */
export function decideRetireKey(input: StepInput, keyId: string): Decision {
  const { view, request, state, durations } = input;
  const managed = state.keys.find((key) => key.keyId === keyId);
  if (managed !== undefined) {
    return refuse({
      code: 'USAGE',
      message: `key "${keyId}" is the ${managed.role} key of the rotation`,
      hint: '`retire --key` removes a key with role "unknown"; the steps of a rotation remove the others',
      details: { keyId, role: managed.role },
    });
  }
  if (removedReason(state, keyId) !== undefined) {
    return { effects: settle(view, request), commits: false };
  }
  if (!view.published.includes(keyId)) {
    return refuse({
      code: 'USAGE',
      message: `no published key has key ID "${keyId}"`,
      hint: '`oidc-bootstrap rotate-keys status` shows the published keys and their roles',
      details: { keyId, published: view.published },
    });
  }
  if (!request.confirmed) {
    return refuse({
      code: 'CONFIRMATION_REQUIRED',
      message: `key "${keyId}" is not part of the rotation: tokens signed with it are refused at once, and it can never be published again`,
      hint: 'to remove it anyway, add --confirm <name> with the cluster name',
      details: { keyId },
    });
  }
  const at = timestamp(view.now);
  const listed = state.verifiers.some((verifier) => verifier.keyId === keyId);
  return {
    commits: true,
    note: listed
      ? `API servers still accept key "${keyId}": \`oidc-bootstrap rotate-keys retire --verifier ${shellWord(keyId)}\` removes it from serviceaccount-verifiers.pem`
      : undefined,
    effects: [
      {
        kind: 'write-state',
        step: 'retire-key',
        detail: `key "${keyId}", which has no role, is retired`,
        state: withHistory(
          {
            ...state,
            durations,
            verifiers: state.verifiers.map((verifier) =>
              verifier.keyId === keyId
                ? { ...verifier, retiredAt: verifier.retiredAt ?? at }
                : verifier,
            ),
            removed: [
              ...state.removed,
              ...removalsOf(view, { keyIds: [keyId], reason: 'retired', at }),
            ],
          },
          {
            at,
            step: 'retire-key',
            callerArn: view.callerArn,
            keyIds: [keyId],
            note: 'it had no role',
          },
        ),
      },
    ],
  };
}
