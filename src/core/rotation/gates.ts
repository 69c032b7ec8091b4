// When a step may run. A gate opens on observed facts (published through the issuer URL, accepted by
// STS, listed by API servers, tokens given) and on AWS's clock, never on the local clock.

import { clockStart, takeTokens, type EvidenceUpdate } from './evidence-clock.ts';
import { formatDuration } from './durations.ts';
import {
  currentKey,
  keyInRole,
  timestamp,
  type Durations,
  type ManagedKey,
  type RotationState,
} from './state.ts';
import type { Gate, RotationRequest, View } from './view.ts';

const open: Gate = { open: true, opensAt: null, reason: 'ready' };

const closed = (reason: string, opensAt: string | null = null): Gate => ({
  open: false,
  opensAt,
  reason,
});

/** Promote: published long enough or accepted by STS, and every API server was shown and lists both kids. */
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
    return closed(
      `key "${next.keyId}" is not published yet: run \`oidc-bootstrap rotate-keys stage\` again`,
    );
  }
  const against = serversWithout(request, [current, next]);
  if (against !== undefined) return closed(against);
  const unseen = missesApiServers(state, request);
  const opens = Date.parse(next.since) + durations.minPublishAge * 1000;
  const accepted = request.probe?.accepted === true;
  if (!accepted && view.now.getTime() < opens) {
    const probed = request.probe === undefined ? '' : `; ${request.probe.note}`;
    return closed(
      `key "${next.keyId}" must be published for ${formatDuration(durations.minPublishAge)} before it signs (since ${next.since})${probed}${unseen ? `; ${noApiServer}` : ''}`,
      timestamp(opens),
    );
  }
  if (unseen) return closed(noApiServer);
  return accepted
    ? { ...open, reason: `STS accepts key "${next.keyId}": ${request.probe?.note}` }
    : open;
}

const noApiServer =
  'no API server key set was given (--from-cluster or --api-server-jwks): every API server must accept both keys before the next key signs';

/** API servers are shown at `promote`, unless OpenShift's operator or an external signer manages them. */
export function missesApiServers(
  state: RotationState,
  request: Pick<RotationRequest, 'apiServers'>,
): boolean {
  const managed = state.platform === 'openshift' || keyInRole(state, 'next')?.external === true;
  return !managed && request.apiServers.length === 0;
}

/** Evidence against a step: the API servers shown that do not accept one of those keys, by name. */
export function serversWithout(
  request: Pick<RotationRequest, 'apiServers'>,
  keys: readonly ManagedKey[],
): string | undefined {
  const problems = request.apiServers.flatMap(({ file, keys: listed }) => {
    const missing = keys.filter(({ keyId }) => !listed.some((key) => key.keyId === keyId));
    const names = missing.map(({ keyId }) => `"${keyId}"`).join(' and ');
    return missing.length === 0 ? [] : [`the API server of "${file}" does not accept ${names}`];
  });
  return problems.length === 0
    ? undefined
    : `${problems.join('; ')}: install serviceaccount-verifiers.pem there`;
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
  const against = serversWithout(request, [currentKey(state)]);
  if (against !== undefined) return { gate: closed(`${against}${problems}`), update };
  if (start === undefined) {
    const reason =
      update.shown === 0
        ? `no fresh token signed by key "${current}" was given (--from-cluster or --token-file)`
        : update.shown >= state.apiServers
          ? `not every API server signs with key "${current}" yet`
          : `${update.shown} fresh token(s) for ${state.apiServers} API servers were given: give one of each in one run (--from-cluster or --token-file)`;
    return { gate: closed(`${reason}${problems}`), update };
  }
  const opens = (start + durations.maxTokenLifetime) * 1000;
  const others = state.keys.filter((key) => key.keyId !== current).map((key) => key.keyId);
  if (view.now.getTime() < opens) {
    return {
      gate: closed(
        `tokens signed by key "${others.join(', ')}" may be valid for ${formatDuration(durations.maxTokenLifetime)} after ${timestamp(start * 1000)}${problems}`,
        timestamp(opens),
      ),
      update,
    };
  }
  // This keeps the gate closed even after the wait.
  if (update.notSwitched) return { gate: closed(update.problems.join('; ')), update };
  return { gate: open, update };
}
