// `promote`: the next key becomes the current one. The state is written before the first file is
// moved: from then on the key may sign, so it is not removed from the JWKS without evidence.

import { missesApiServers, promoteGate } from './gates.ts';
import {
  foreignKeyFile,
  gateClosed,
  isKeptElsewhere,
  missingPrivateKey,
  otherKeyGiven,
  refuse,
  wrongPhase,
} from './refusals.ts';
import { settle } from './settle.ts';
import { keepSettings, withVerifiers, type StepInput } from './settings.ts';
import {
  currentKey,
  keyInRole,
  timestamp,
  tokensCountFrom,
  withHistory,
  type RotationState,
} from './state.ts';
import type { Decision } from './view.ts';

/** Decides `promote`. */
export function decidePromote(input: StepInput): Decision {
  const { view, request, state, durations } = input;
  if (state.phase === 'promoted') return { effects: settle(view, request), commits: false };
  const next = keyInRole(state, 'next');
  if (next === undefined) {
    return refuse(wrongPhase('promote', state, 'run `oidc-bootstrap rotate-keys stage` first'));
  }
  const other = otherKeyGiven(request.given, next);
  if (other !== undefined) return refuse(other);
  const current = currentKey(state);
  const absent = missingPrivateKey({ view, request, key: next, slot: 'next' });
  if (absent !== undefined) return refuse(absent);

  const gate = promoteGate({ view, state, request, durations });
  if (!gate.open && !request.force) {
    const missing = missesApiServers(state, request)
      ? '--from-cluster or --api-server-jwks'
      : undefined;
    const refusal = gateClosed('promote', gate, missing);
    return { effects: keepSettings(input), commits: false, refusal };
  }

  const now = timestamp(view.now);
  const promoted: RotationState = withHistory(
    {
      ...state,
      phase: 'promoted',
      // Tokens of an earlier promotion prove nothing about this one.
      phaseSince: next.promotedBefore ? tokensCountFrom(view.now) : now,
      durations,
      apiServers: Math.max(1, request.apiServers.length),
      keys: [
        {
          ...next,
          role: 'current',
          since: now,
          sinceAsNext: next.since,
          external: next.external || isKeptElsewhere({ view, request, key: next }),
          promotedBefore: true,
        },
        { ...current, role: 'retiring', since: now },
      ],
      verifiers: withVerifiers({
        verifiers: state.verifiers,
        inUse: [next, current],
        accepted: request.apiServers.flatMap((server) => server.keys),
        now: view.now,
      }),
      evidence: [],
    },
    {
      at: now,
      step: 'promote',
      callerArn: view.callerArn,
      keyIds: [next.keyId, current.keyId],
      note: gate.open ? gate.reason : `forced although ${gate.reason}`,
    },
  );
  const foreign = foreignKeyFile(promoted, view);
  if (foreign !== undefined) return refuse(foreign);
  return {
    commits: true,
    effects: [
      {
        kind: 'write-state',
        step: 'promote',
        detail: `key "${next.keyId}" becomes current, "${current.keyId}" retiring`,
        state: promoted,
      },
    ],
  };
}
