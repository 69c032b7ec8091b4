// When a step may be taken. A gate opens on facts that were seen (published through the issuer URL,
// accepted by STS, listed by API servers, tokens shown) and on AWS's clock, never on a local guess.

import { clockStart, takeTokens, type EvidenceUpdate } from './evidence-clock.ts';
import { formatDuration } from './durations.ts';
import { currentKey, keyInRole, timestamp, type Durations, type RotationState } from './state.ts';
import type { Gate, RotationRequest, View } from './view.ts';

const open: Gate = { open: true, opensAt: null, reason: 'ready' };

const closed = (reason: string, opensAt: string | null = null): Gate => ({
  open: false,
  opensAt,
  reason,
});

/** Promote: published long enough or accepted by STS, and every API server shown lists both kids. */
export function promoteGate(input: {
  readonly view: View;
  readonly state: RotationState;
  readonly request: RotationRequest;
  readonly durations: Durations;
}): Gate {
  const { view, state, request, durations } = input;
  const current = currentKey(state);
  const next = keyInRole(state, 'next');
  if (next === undefined) return closed('no next key is staged');
  if (next.since === null || !view.published.includes(next.keyId)) {
    return closed(`key "${next.keyId}" is not published yet: run \`rotate-keys stage\` again`);
  }
  for (const server of request.apiServers) {
    const listed = new Set(server.keys.map((key) => key.keyId));
    const missing = [current.keyId, next.keyId].filter((keyId) => !listed.has(keyId));
    if (missing.length > 0) {
      return closed(
        `the API server of "${server.file}" does not accept ${missing.map((keyId) => `"${keyId}"`).join(' and ')} yet: roll serviceaccount-verifiers.pem out to it`,
      );
    }
  }
  if (request.probe?.accepted === true) {
    return { ...open, reason: `STS accepts key "${next.keyId}": ${request.probe.note}` };
  }
  const opens = Date.parse(next.since) + durations.minPublishAge * 1000;
  if (view.now.getTime() >= opens) return open;
  const probed = request.probe === undefined ? '' : `; ${request.probe.note}`;
  return closed(
    `key "${next.keyId}" must be published for ${formatDuration(durations.minPublishAge)} before it signs (since ${next.since})${probed}`,
    timestamp(opens),
  );
}

/** Retire, and rollback of a key that was handed out: evidence, then the longest token's lifetime. */
export function switchedGate(input: {
  readonly view: View;
  readonly state: RotationState;
  readonly request: RotationRequest;
  readonly durations: Durations;
}): { readonly gate: Gate; readonly update: EvidenceUpdate } {
  const { view, state, request, durations } = input;
  const update = takeTokens(state, request.tokens);
  const start = clockStart(state, update.evidence);
  const problems = update.problems.length === 0 ? '' : `; ${update.problems.join('; ')}`;
  const current = currentKey(state).keyId;
  if (start === undefined) {
    const reason =
      update.shown === 0
        ? `no API server has shown a fresh token signed by key "${current}" (--token-file)`
        : update.shown >= state.apiServers
          ? `not every API server signs with key "${current}" yet`
          : `${update.shown} fresh token(s) of ${state.apiServers} API servers were shown: show one of each in one run (--token-file)`;
    return { gate: closed(`${reason}${problems}`), update };
  }
  const opens = (start + durations.maxTokenLifetime) * 1000;
  const others = state.keys.filter((key) => key.keyId !== current).map((key) => key.keyId);
  if (view.now.getTime() < opens) {
    return {
      gate: closed(
        `tokens signed by key "${others.join(', ')}" may live for ${formatDuration(durations.maxTokenLifetime)} after ${timestamp(start * 1000)}${problems}`,
        timestamp(opens),
      ),
      update,
    };
  }
  // It outweighs a clock that ran out.
  if (update.notSwitched) return { gate: closed(update.problems.join('; ')), update };
  return { gate: open, update };
}
