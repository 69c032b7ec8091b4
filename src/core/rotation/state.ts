// The rotation state: one private, versioned JSON object in the bucket. It is written before the
// changes that it records are made, so no change is unrecorded after a crash.

import type { Platform } from '../cluster/platform.ts';
import type { RemovedKey } from '../keys/removed-keys.ts';

/** Version this program reads and writes. */
export const stateSchemaVersion = 1;

export type Phase = 'steady' | 'staged' | 'promoted';

/** The steps that are commands. */
export const commandSteps = ['stage', 'promote', 'retire', 'rollback', 'emergency'] as const;
export type Step = (typeof commandSteps)[number];

/** All steps of the history; those that are no commands are what happened in between. */
export const historySteps = [
  ...commandSteps,
  'begin',
  'rebuild',
  'published',
  'evidence',
  'settings',
  'retire-verifier',
  'retire-key',
  'old-key-refused',
  'denials-missing',
  'cut-proven',
] as const;
export type HistoryStep = (typeof historySteps)[number];

/** A key that the rotation manages. Times are RFC 3339 in whole seconds. */
export type ManagedKey = {
  readonly keyId: string;
  readonly role: 'current' | 'next' | 'retiring';
  /** SPKI PEM. */
  readonly publicKey: string;
  /**
   * When the key took its role. Of the next key: when it was first seen through the issuer URL,
   * null until then: the publish age counts from an observation.
   */
  readonly since: string | null;
  /** Its `since` as the next key, kept for a rollback: it has been published all along. */
  readonly sinceAsNext: string | null;
  /** The private key is made and kept elsewhere (`--next-public-key-file`). */
  readonly external: boolean;
  /** It has been handed to the cluster: it may have signed, and may still. */
  readonly promotedBefore: boolean;
};

/** A public key that API servers must accept; `retiredAt` from when nothing new is signed with it. */
export type Verifier = {
  readonly keyId: string;
  readonly publicKey: string;
  readonly retiredAt: string | null;
};

/**
 * A kid that no command publishes again, and since when. `withdrawn`: staged, never promoted, rolled
 * back; only `stage --next-public-key-file` with that very key takes it up again.
 */
export type DatedRemoval = RemovedKey & { readonly at: string };

/** A token that was given: its digest, never the token itself. */
export type EvidenceToken = { readonly digest: string; readonly issuedAt: string };

/** Durations in seconds. */
export type Durations = { readonly minPublishAge: number; readonly maxTokenLifetime: number };

/** A probe role and the STS regions in which it is tried. */
export type ProbeTarget = { readonly roleArn: string; readonly regions: readonly string[] };

/** The latest `emergency`: the keys that it revoked, and what is proven of that. */
export type Emergency = {
  readonly at: string;
  readonly oldKeyIds: readonly string[];
  readonly probe: ProbeTarget | null;
  /** When STS was seen to refuse the old key: sessions issued before are to be denied. */
  readonly refusedAt: string | null;
  /** Where sessions of the old key could not be denied yet, as users read it. */
  readonly notDenied: readonly string[];
  /** When both were done, on every role. */
  readonly cutProvenAt: string | null;
};

export type HistoryEntry = {
  readonly at: string;
  readonly step: HistoryStep;
  readonly callerArn: string;
  readonly keyIds: readonly string[];
  readonly note: string;
};

export type RotationState = {
  readonly schemaVersion: typeof stateSchemaVersion;
  readonly name: string;
  readonly issuer: string;
  readonly platform: Platform;
  readonly phase: Phase;
  /** Only tokens issued at or after this moment say anything about who signs now. */
  readonly phaseSince: string;
  readonly durations: Durations;
  /** API servers shown at the latest promote: as many tokens make the evidence complete. */
  readonly apiServers: number;
  readonly keys: readonly ManagedKey[];
  readonly verifiers: readonly Verifier[];
  readonly removed: readonly DatedRemoval[];
  /** Tokens shown that the current key signed since `phaseSince`; the latest starts the clock. */
  readonly evidence: readonly EvidenceToken[];
  readonly emergency: Emergency | null;
  /** When an anonymous read of this object was refused; null until then. */
  readonly shownPrivateAt: string | null;
  readonly history: readonly HistoryEntry[];
};

export const defaultDurations: Durations = {
  minPublishAge: 24 * 3600,
  maxTokenLifetime: 24 * 3600 + 600,
};

const historyLimit = 1000;

/**
 * From when tokens count, if a key that may have signed before gets a role again: five minutes later,
 * which covers the time of a write of the state and differences of clocks.
 */
export function tokensCountFrom(now: Date): string {
  return timestamp(now.getTime() + 5 * 60 * 1000);
}

/** RFC 3339 in whole seconds, as everything here is compared. */
export function timestamp(date: Date | number): string {
  const ms = typeof date === 'number' ? date : date.getTime();
  return new Date(Math.floor(ms / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}

/** The key in that role, or undefined. */
export function keyInRole(state: RotationState, role: ManagedKey['role']): ManagedKey | undefined {
  return state.keys.find((key) => key.role === role);
}

/** The current key; a state without one does not parse. */
export function currentKey(state: RotationState): ManagedKey {
  const key = keyInRole(state, 'current');
  if (key === undefined) throw new Error('a rotation state always has a current key');
  return key;
}

/** Why no command publishes that kid, or undefined where it may be published. */
export function removedReason(
  state: RotationState | undefined,
  keyId: string,
): RemovedKey['reason'] | undefined {
  return state?.removed.find((removed) => removed.keyId === keyId)?.reason;
}

/** The latest of the five commands in the history; entries in between do not count. */
export function lastStep(state: RotationState): Step | undefined {
  const isCommand = (step: HistoryStep): step is Step => commandSteps.some((one) => one === step);
  return state.history.map((entry) => entry.step).findLast(isCommand);
}

/** The state with one more entry; above a thousand, the oldest entries are dropped. */
export function withHistory(state: RotationState, entry: HistoryEntry): RotationState {
  return { ...state, history: [...state.history, entry].slice(-historyLimit) };
}

/** The bytes of the object. */
export function renderRotationState(state: RotationState): string {
  return `${JSON.stringify(state, null, 2)}\n`;
}
