// `stage`: adds the next key pair. The state records it before it is published.
// The pair is on disk before the state names it, and an existing pair is used, never replaced: two
// runs in one folder end with one next key.

import { kopsNextKey } from '../cluster/kops-ways.ts';
import { privateKeyIds } from './arrange-files.ts';
import { choosePlatform, platformNote } from './choose-platform.ts';
import { missingProof } from './prove-cut.ts';
import { settle } from './settle.ts';
import {
  currentKey,
  keyInRole,
  removedReason,
  timestamp,
  withHistory,
  type RotationState,
} from './state.ts';
import { settingsChange, withVerifiers, type StepInput } from './settings.ts';
import { idsOfGiven, otherKeyGiven, refuse, wrongPhase } from './refusals.ts';
import {
  privateFiles,
  verifiersFile,
  type Decision,
  type Effect,
  type GivenKey,
  type PublicKeyRef,
  type Refusal,
  type View,
} from './view.ts';

/** Decides `stage`. */
export function decideStage(input: StepInput): Decision {
  const { state } = input;
  switch (state.phase) {
    case 'steady':
      return start(input);
    case 'staged':
      return stageAgain(input);
    case 'promoted':
      return refuse(
        wrongPhase(
          'stage',
          state,
          'run `oidc-bootstrap rotate-keys retire` to end it, or `oidc-bootstrap rotate-keys rollback` to go back',
        ),
      );
  }
}

function start(input: StepInput): Decision {
  const { view, request, state, durations } = input;
  const current = currentKey(state);
  const refusal = givenProblem(view, request.given, state);
  if (refusal !== undefined) return refuse(refusal);

  // The last step is completed first: a removed kid leaves the JWKS, and its file is deleted.
  const unfinished = settle(view, request);
  if (unfinished.length > 0 && !onlyVerifiers(unfinished)) {
    return { effects: unfinished, commits: false };
  }

  const elsewhere = otherFolder(input);
  if (elsewhere !== undefined) return refuse(elsewhere);
  const leftover = view.files.privates.next;
  const next: PublicKeyRef | undefined =
    request.given ??
    (leftover === undefined
      ? request.fresh
      : { keyId: leftover, publicKey: view.publicKeys[leftover] ?? '' });
  // Without a pair there is no decision; the command makes a pair if one is needed.
  if (next === undefined) return { effects: [], commits: false };

  const gone = removedReason(state, next.keyId);
  if (gone !== undefined && request.given === undefined)
    return refuse(removedMeanwhile(next, gone));
  const made = request.given === undefined && leftover === undefined;
  const files: readonly Effect[] = made
    ? [{ kind: 'write-private', slot: 'next', keyId: next.keyId, exclusive: true }]
    : [];
  const now = timestamp(view.now);
  const behind = keysBehind(input);
  const notes = [
    platformNote(request.platform, { platform: request.folderPlatform, where: 'folder' }),
    behind.length === 0 ? undefined : behindNote(current.keyId, behind),
  ].filter((note) => note !== undefined);
  return {
    commits: true,
    note: notes.length === 0 ? undefined : notes.join('; '),
    effects: [
      ...files,
      {
        kind: 'write-state',
        step: 'stage',
        detail: `stages key "${next.keyId}" beside "${current.keyId}"`,
        state: withHistory(
          {
            ...state,
            phase: 'staged',
            phaseSince: now,
            platform: choosePlatform(request, state.platform),
            durations,
            keys: [
              current,
              {
                keyId: next.keyId,
                role: 'next',
                publicKey: next.publicKey,
                since: null,
                sinceAsNext: null,
                external: request.given !== undefined,
                promotedBefore: false,
              },
            ],
            verifiers: withVerifiers({
              verifiers: state.verifiers,
              inUse: [current, next],
              accepted: [...request.apiServers.flatMap((server) => server.keys), ...behind],
              now: view.now,
            }),
            removed: state.removed.filter((key) => key.keyId !== next.keyId),
            evidence: [],
            // A missing proof of the last emergency is reported and retried until it is complete.
            emergency: missingProof(state) === undefined ? null : state.emergency,
          },
          {
            at: now,
            step: 'stage',
            callerArn: view.callerArn,
            keyIds: [current.keyId, next.keyId],
            note: `${request.given === undefined ? 'made' : 'given'} key "${next.keyId}"`,
          },
        ),
      },
    ],
  };
}

/** A staged key is kept: unfinished work is completed and new settings are stored. */
function stageAgain(input: StepInput): Decision {
  const { view, request, state, durations } = input;
  const next = keyInRole(state, 'next');
  const other = otherKeyGiven(request.given, next);
  if (other !== undefined) return refuse(other);
  const inUse = state.keys.map(({ keyId, publicKey }) => ({ keyId, publicKey }));
  const settings = settingsChange(input, {
    ...state,
    platform: request.platform ?? state.platform,
    durations,
    verifiers: withVerifiers({
      verifiers: state.verifiers,
      inUse,
      accepted: [...request.apiServers.flatMap((server) => server.keys), ...keysBehind(input)],
      now: view.now,
    }),
  });
  const note = platformNote(request.platform, { platform: state.platform, where: 'rotation' });
  return { effects: settings.length > 0 ? settings : settle(view, request), commits: false, note };
}

/**
 * Keys after the first one in the signer's files, where k3s keeps its earlier keys: API servers must
 * still accept their tokens. A key that a rotation removed is already a verifier, or was excluded.
 */
function keysBehind({ view, state }: StepInput): readonly PublicKeyRef[] {
  return (view.files.behind ?? [])
    .filter((keyId) => removedReason(state, keyId) === undefined)
    .map((keyId) => ({ keyId, publicKey: view.publicKeys[keyId] ?? '' }));
}

function behindNote(current: string, behind: readonly PublicKeyRef[]): string {
  const list = behind.map((key) => `"${key.keyId}"`).join(', ');
  return (
    `"${privateFiles.signer}" or its public file holds several keys: the first, "${current}", signs; ` +
    `${list} is kept in ${verifiersFile}, so that API servers still accept its tokens`
  );
}

/** The verifiers file is written anyway at the end of this step, with the next key in it. */
function onlyVerifiers(effects: readonly Effect[]): boolean {
  return effects.every((effect) => effect.kind === 'write-verifiers');
}

/** The next private key must not be written to the output folder of another cluster. */
function otherFolder({ view, request, state }: StepInput): Refusal | undefined {
  const { keyId, external } = currentKey(state);
  const { signer } = view.files.privates;
  if (external || request.given !== undefined || request.confirmed) return undefined;
  if (privateKeyIds(view.files).has(keyId)) return undefined;
  const platform = choosePlatform(request, state.platform);
  const known = [...new Set([...view.published, ...state.verifiers.map((key) => key.keyId)])];
  return {
    code: 'KEY_NOT_PUBLISHED',
    message: `this folder ${signer === undefined ? 'holds no signing key' : `holds key "${signer}"`}, and the issuer's current key is "${keyId}"`,
    hint:
      platform === 'kops'
        ? kopsNextKey(known)
        : 'run with the --output-dir that holds the current private key; if the cluster keeps that key itself and the next pair should be made here, add --confirm <name>; --next-public-key-file takes a pair made elsewhere',
    details: { keyId: signer ?? null, currentKeyId: keyId },
  };
}

/** The pair that this run has made was removed by another one before it could be staged. */
function removedMeanwhile({ keyId }: PublicKeyRef, reason: string): Refusal {
  return {
    code: 'KEY_REVOKED',
    message: `key "${keyId}", made by this run, was ${reason} by another run in the meantime and can never be published again`,
    hint: 'run `oidc-bootstrap rotate-keys status`, then `oidc-bootstrap rotate-keys stage` again if needed',
    details: { keyId, reason },
  };
}

function givenProblem(
  view: View,
  given: GivenKey | undefined,
  state: RotationState,
): Refusal | undefined {
  if (given === undefined) return undefined;
  // Compare the key itself too: it may be given under another key ID.
  const ids = idsOfGiven(view, given);
  if (ids.includes(currentKey(state).keyId)) {
    return {
      code: 'INPUT_INVALID',
      message: `the next key "${given.keyId}" is the current key`,
      hint: 'give the public key of a new pair with --next-public-key-file',
      details: { keyId: given.keyId },
    };
  }
  const reasons = ids.map((keyId) => removedReason(state, keyId));
  const reason = reasons.find((found) => found !== undefined && found !== 'withdrawn');
  if (reason === undefined) return undefined;
  return {
    code: 'KEY_REVOKED',
    message: `key "${given.keyId}" was ${reason} and can never be published again`,
    hint: 'give the public key of a new pair with --next-public-key-file',
    details: { keyId: given.keyId, reason },
  };
}
