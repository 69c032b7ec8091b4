// Which file of the output folder each key belongs in, and the order of moves that arranges them.
// Rule: no move ever destroys the last copy of a private key, unless the state records its kid as
// removed. After a crash between any two moves, the next run completes them.

import { currentKey, keyInRole, lastStep, removedReason, type RotationState } from './state.ts';
import type { Effect, KeyFiles, PrivateSlot, PublicKeyRef, PublicSlot } from './view.ts';

const slots: readonly PrivateSlot[] = ['previous', 'next', 'signer', 'tls', 'emergency'];

type Holding = { -readonly [slot in PrivateSlot]?: string | undefined };

/** The moves from what the folder holds to what the state asks for; empty where all is in place. */
export function arrangeFiles(state: RotationState, files: KeyFiles): readonly Effect[] {
  const privates = movePrivates(state, files);
  return [
    ...privates.writes,
    ...publicWrites(state, files, privates.after),
    ...verifiersMove(state, files),
    ...secretWrite(state, files, privates.after),
    ...secretRemoval(state, files),
    ...privates.removals,
    ...publicRemovals(state, files, privates.after),
  ];
}

/** Kids of every private key in the folder. */
export function privateKeyIds(files: KeyFiles): ReadonlySet<string> {
  return new Set(Object.values(files.privates).filter((keyId) => keyId !== undefined));
}

/** Public keys of the verifiers file in its order: current, next or retiring, then the retired. */
export function verifierOrder(state: RotationState): readonly PublicKeyRef[] {
  const rank = (keyId: string): number => {
    const role = state.keys.find((key) => key.keyId === keyId)?.role;
    return role === 'current' ? 0 : role === undefined ? 2 : 1;
  };
  return state.verifiers
    .map(({ keyId, publicKey }) => ({ keyId, publicKey }))
    .toSorted((a, b) => rank(a.keyId) - rank(b.keyId));
}

/** The old key kept for proving the cut of an emergency, while that is open. */
export function keptForProof(state: RotationState, files: KeyFiles): string | undefined {
  const emergency = state.emergency;
  if (emergency === null || emergency.probe === null) return undefined;
  if (emergency.refusedAt !== null || emergency.cutProvenAt !== null) return undefined;
  const held = privateKeyIds(files);
  return emergency.oldKeyIds.find((keyId) => held.has(keyId));
}

/** The slot whose unknown key blocks a wanted key, or undefined where all can be arranged. */
export function arrangementBlock(
  state: RotationState,
  files: KeyFiles,
): { readonly slot: PrivateSlot; readonly keyId: string } | undefined {
  const { after } = movePrivates(state, files);
  const target = wanted(state, files);
  const held = privateKeyIds(files);
  for (const slot of slots) {
    const keyId = after[slot];
    const want = target[slot];
    if (want !== undefined && keyId !== undefined && keyId !== want && held.has(want)) {
      return { slot, keyId };
    }
  }
  return undefined;
}

function wanted(state: RotationState, files: KeyFiles): Holding {
  const current = currentKey(state).keyId;
  return {
    signer: current,
    tls: current,
    next: keyInRole(state, 'next')?.keyId,
    previous: keyInRole(state, 'retiring')?.keyId ?? keptForProof(state, files),
    emergency: undefined,
  };
}

function movePrivates(
  state: RotationState,
  files: KeyFiles,
): { readonly writes: Effect[]; readonly removals: Effect[]; readonly after: Holding } {
  const holding: Holding = { ...files.privates };
  const target = wanted(state, files);
  const kept = new Set(Object.values(target).filter((keyId) => keyId !== undefined));
  const mayGo = (slot: PrivateSlot): boolean => {
    const keyId = holding[slot];
    if (keyId === undefined) return true;
    if (!kept.has(keyId) && removedReason(state, keyId) !== undefined) return true;
    return slots.some((other) => other !== slot && holding[other] === keyId);
  };
  const writes: Effect[] = [];
  // Each pass may free a slot for another; five slots settle in five passes at most.
  for (let pass = 0; pass < slots.length; pass += 1) {
    for (const slot of slots) {
      const keyId = target[slot];
      if (keyId === undefined || holding[slot] === keyId) continue;
      if (!slots.some((other) => holding[other] === keyId) || !mayGo(slot)) continue;
      writes.push({ kind: 'write-private', slot, keyId, exclusive: false });
      holding[slot] = keyId;
    }
  }
  const removals: Effect[] = [];
  for (const slot of ['next', 'previous', 'emergency', 'signer', 'tls'] as const) {
    const keyId = holding[slot];
    if (keyId === undefined || keyId === target[slot] || !mayGo(slot)) continue;
    // A folder without the current key keeps what its signer files hold until that kid is removed;
    // where that key is made elsewhere, no other key may have these file names.
    const isSigner = slot === 'signer' || slot === 'tls';
    if (isSigner && removedReason(state, keyId) === undefined && !currentKey(state).external) {
      continue;
    }
    removals.push({ kind: 'remove-private', slot, keyId });
    holding[slot] = undefined;
  }
  return { writes, removals, after: holding };
}

function publicWrites(state: RotationState, files: KeyFiles, after: Holding): readonly Effect[] {
  const roles: readonly (readonly [PublicSlot, string | undefined])[] = [
    ['previous', keyInRole(state, 'retiring')?.keyId],
    ['next', keyInRole(state, 'next')?.keyId],
    ['signer', currentKey(state).keyId],
  ];
  const effects: Effect[] = [];
  for (const [slot, keyId] of roles) {
    if (keyId === undefined || files.publics[slot] === keyId) continue;
    const external = state.keys.some((key) => key.keyId === keyId && key.external);
    if (after[slot] === keyId || external) effects.push({ kind: 'write-public', slot, keyId });
  }
  return effects;
}

function publicRemovals(state: RotationState, files: KeyFiles, after: Holding): readonly Effect[] {
  const needed: { readonly [slot in PublicSlot]: boolean } = {
    signer: true,
    next: keyInRole(state, 'next') !== undefined,
    previous: keyInRole(state, 'retiring') !== undefined,
  };
  return (['next', 'previous', 'signer'] as const)
    .filter((slot) => {
      const keyId = files.publics[slot];
      if (keyId === undefined || after[slot] === keyId) return false;
      if (slot === 'signer') {
        return (
          removedReason(state, keyId) !== undefined &&
          after.signer === undefined &&
          !currentKey(state).external
        );
      }
      return !needed[slot] && after[slot] === undefined;
    })
    .map((slot) => ({ kind: 'remove-public', slot }));
}

function verifiersMove(state: RotationState, files: KeyFiles): readonly Effect[] {
  const keys = verifierOrder(state);
  const same =
    files.verifiers !== undefined &&
    files.verifiers.join(' ') === keys.map((key) => key.keyId).join(' ');
  return same ? [] : [{ kind: 'write-verifiers', keys }];
}

function secretKey(state: RotationState): string | undefined {
  const handsOver = state.phase === 'promoted' || lastStep(state) === 'emergency';
  return state.platform === 'openshift' && handsOver ? currentKey(state).keyId : undefined;
}

function secretWrite(state: RotationState, files: KeyFiles, after: Holding): readonly Effect[] {
  const keyId = secretKey(state);
  if (keyId === undefined || files.secret === keyId || after.signer !== keyId) return [];
  return [{ kind: 'write-secret', keyId }];
}

function secretRemoval(state: RotationState, files: KeyFiles): readonly Effect[] {
  const isLeft = files.secret !== undefined && secretKey(state) === undefined;
  return isLeft ? [{ kind: 'remove-secret' }] : [];
}
