// Builds the first state of a cluster, or replaces a lost state object, from the published JWKS and
// the key files. Every wait starts now, and a next key is treated as if it had signed.

import { choosePlatform } from './choose-platform.ts';
import {
  defaultDurations,
  timestamp,
  tokensCountFrom,
  type ManagedKey,
  type RotationState,
} from './state.ts';
import { removalsOf, removedUntil } from './remove-keys.ts';
import { privateFiles, type Refusal, type RotationRequest, type View } from './view.ts';

/** The state that follows from keys and files, or why none does. */
export type Rebuilt =
  | { readonly state: RotationState; readonly rotating: boolean }
  | { readonly refusal: Refusal };

/**
 * `signer` is the current key where it is published; a published `previous` means promoted, a
 * published `next` staged. Key files whose kid is not published were withdrawn or retired before
 * the state was lost: they are recorded as removed, so that they never come back.
 */
export function rebuildState(view: View, request: RotationRequest): Rebuilt {
  const { privates, publics } = view.files;
  const published = new Set(view.published);
  const signer = privates.signer ?? publics.signer;
  const next = privates.next ?? publics.next;
  const previous = privates.previous ?? publics.previous;

  const current =
    signer === undefined
      ? onlyOne(view.published)
      : published.has(signer)
        ? signer
        : privates.emergency !== undefined && published.has(privates.emergency)
          ? privates.emergency
          : undefined;
  if (current === undefined) {
    return { refusal: cannotTell(signer, view.published) };
  }

  const role = (keyId: string | undefined): string | undefined =>
    keyId !== undefined && keyId !== current && published.has(keyId) ? keyId : undefined;
  const retiring = role(previous);
  const staged = retiring === undefined ? role(next) : undefined;
  const phase = retiring !== undefined ? 'promoted' : staged !== undefined ? 'staged' : 'steady';
  const now = timestamp(view.now);
  const phaseSince = phase === 'steady' ? now : tokensCountFrom(view.now);

  const managed = (
    keyId: string,
    name: ManagedKey['role'],
    slot?: keyof typeof privates,
  ): ManagedKey => ({
    keyId,
    role: name,
    publicKey: view.publicKeys[keyId] ?? '',
    since: now,
    sinceAsNext: name === 'next' ? null : now,
    external: slot !== undefined && privates[slot] === undefined && publicSlotHolds(view, slot),
    promotedBefore: true,
  });
  const keys: readonly ManagedKey[] = [
    managed(current, 'current'),
    ...(staged === undefined ? [] : [managed(staged, 'next', 'next')]),
    ...(retiring === undefined ? [] : [managed(retiring, 'retiring', 'previous')]),
  ];
  // A key that API servers are to accept and that is not published was retired.
  const known = [signer, next, previous, privates.emergency, ...(view.files.verifiers ?? [])];
  const leftovers = known.filter(
    (keyId): keyId is string => keyId !== undefined && !published.has(keyId),
  );
  const removed = removalsOf(view, { keyIds: leftovers, reason: 'retired', at: now });
  // Any published key may be signing somewhere, so API servers go on accepting it.
  const verifierIds = [
    ...keys.map((key) => key.keyId),
    ...view.published,
    ...(view.files.verifiers ?? []),
  ];
  const rotating = phase !== 'steady' || removed.length > 0 || view.files.verifiers !== undefined;
  return {
    rotating,
    state: {
      schemaVersion: 1,
      name: view.name,
      issuer: view.issuer,
      platform: choosePlatform(
        { folderPlatform: request.folderPlatform },
        view.files.secret === undefined ? undefined : 'openshift',
      ),
      phase,
      phaseSince,
      durations: defaultDurations,
      apiServers: 1,
      keys,
      verifiers: [...new Set(verifierIds)]
        .filter((keyId) => view.publicKeys[keyId] !== undefined)
        .map((keyId) => ({
          keyId,
          publicKey: view.publicKeys[keyId] ?? '',
          retiredAt: keys.some((key) => key.keyId === keyId) ? null : now,
        })),
      removed: [...removedUntil(view, removed), ...removed],
      evidence: [],
      emergency: null,
      shownPrivateAt: null,
      history: [
        {
          at: now,
          step: rotating ? 'rebuild' : 'begin',
          callerArn: view.callerArn,
          keyIds: keys.map((key) => key.keyId),
          note: rotating
            ? 'rebuilt from the published keys and the key files; every wait starts now'
            : 'first look at this issuer',
        },
      ],
    },
  };
}

function publicSlotHolds(view: View, slot: string): boolean {
  return (slot === 'next' || slot === 'previous') && view.files.publics[slot] !== undefined;
}

function onlyOne(keyIds: readonly string[]): string | undefined {
  return keyIds.length === 1 ? keyIds[0] : undefined;
}

function cannotTell(signer: string | undefined, published: readonly string[]): Refusal {
  const list = published.map((keyId) => `"${keyId}"`).join(', ');
  if (signer !== undefined) {
    return {
      code: 'KEY_NOT_PUBLISHED',
      message: `key "${signer}" of "${privateFiles.signer}" is not published; published keys: ${list === '' ? 'none' : list}`,
      hint: 'check --output-dir and --name: the output folder seems to belong to another issuer; for a stolen key use `oidc-bootstrap rotate-keys emergency`',
      details: { keyId: signer, published },
    };
  }
  if (published.length === 0) {
    return {
      code: 'KEY_NOT_PUBLISHED',
      message: 'no key is published and the output folder holds no key file',
      hint: 'publish the first key: run `oidc-bootstrap create-identity-provider`',
      details: { published },
    };
  }
  return {
    code: 'FILE_UNREADABLE',
    message: `cannot tell which of the published keys ${list} is current: there is no rotation state and no "serviceaccount-signer.public"`,
    hint: 'run with the --output-dir that holds the key files; if the cluster has its own key, write the public key that it signs with now, and no other, to serviceaccount-signer.public there',
    details: { published },
  };
}
