// What the given tokens prove about the signing key. The wait of `retire` and of the last `rollback`
// starts when one run gives a token of each API server, all signed by the expected key. A token does
// not name its API server, so tokens of different runs may be of the same one. The start is then
// fixed: otherwise a daily job with new tokens would postpone the gate for ever. A token of the other
// key issued after the start proves that an API server had not switched, and clears the evidence.

import { currentKey, timestamp, type EvidenceToken, type RotationState } from './state.ts';
import type { TokenEvidence } from './view.ts';

/** The evidence with this run's tokens in it, and why some of them do not count. */
export type EvidenceUpdate = {
  readonly evidence: readonly EvidenceToken[];
  readonly cleared: boolean;
  readonly added: number;
  /** Files of this run with a token that counts. */
  readonly shown: number;
  /** A token of this run shows that an API server signed with another key since the switch. */
  readonly notSwitched: boolean;
  readonly problems: readonly string[];
};

/** Seconds since 1970 at which the clock started, or undefined while the evidence is not complete. */
export function clockStart(
  state: RotationState,
  evidence: readonly EvidenceToken[] = state.evidence,
): number | undefined {
  return evidence.length < state.apiServers ? undefined : latest(evidence);
}

/**
 * Takes this run's tokens in. Only tokens of the current key issued since the phase began count;
 * a key that was promoted, rolled back and promoted again has older tokens that prove nothing.
 */
export function takeTokens(state: RotationState, tokens: readonly TokenEvidence[]): EvidenceUpdate {
  const expected = currentKey(state).keyId;
  const phaseSince = seconds(state.phaseSince);
  const problems: string[] = [];

  const stale = tokens.filter((token) => token.keyId === expected && token.issuedAt < phaseSince);
  for (const token of stale) {
    problems.push(
      `"${token.file}" was issued at ${timestamp(token.issuedAt * 1000)}, before ${state.phaseSince}, the earliest time that counts: create a fresh token`,
    );
  }

  const others = tokens.filter((token) => token.keyId !== expected);
  const sinceSwitch = others.filter((token) => token.issuedAt >= phaseSince);
  for (const token of sinceSwitch) {
    problems.push(
      `"${token.file}" was signed by key "${token.keyId}" at ${timestamp(token.issuedAt * 1000)}: an API server had not switched to "${expected}"`,
    );
  }

  const known = latest(state.evidence);
  const cleared = known !== undefined && others.some((token) => token.issuedAt >= known);
  const kept = cleared ? [] : state.evidence;

  const shown = tokens.filter((token) => token.keyId === expected && token.issuedAt >= phaseSince);
  // API servers without token ids give two tokens of one second that are alike, so files are counted.
  const files = new Set(shown.map((token) => token.file)).size;
  const notSwitched = sinceSwitch.length > 0;
  const taken = kept.length === 0 && !notSwitched && files >= state.apiServers;
  const added = taken ? shown.map(evidenceOf) : [];
  return {
    evidence: [...kept, ...added],
    cleared,
    added: added.length,
    shown: files,
    notSwitched,
    problems,
  };
}

function evidenceOf(token: TokenEvidence): EvidenceToken {
  return { digest: token.digest, issuedAt: timestamp(token.issuedAt * 1000) };
}

function latest(evidence: readonly EvidenceToken[]): number | undefined {
  return evidence.length === 0
    ? undefined
    : Math.max(...evidence.map((token) => seconds(token.issuedAt)));
}

function seconds(time: string): number {
  return Math.floor(Date.parse(time) / 1000);
}
