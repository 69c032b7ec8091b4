// Takes the view a rotation is decided on: state, published and served keys, files, AWS's clock.

import type { StoredObject } from '../../aws/ports.ts';
import { documentKeys } from '../../core/issuer/discovery.ts';
import { BootstrapError } from '../../core/errors.ts';
import { parseJwks, readableKeys, type Jwk } from '../../core/keys/jwks.ts';
import type { KeyFolder } from '../../core/rotation/key-folder.ts';
import { compareKeys, ownKeyId } from '../../core/rotation/key-trust.ts';
import type { RotationState } from '../../core/rotation/state.ts';
import { publicKeyOf } from '../../core/rotation/tokens.ts';
import type { Effect, KeyFiles, PublicKeyRef, View } from '../../core/rotation/view.ts';
import type { Context } from '../context.ts';
import type { PublishedSite } from '../hosting/site.ts';
import { readRotationState } from './rotation-state.ts';

/** Whose keys are rotated, and where they are published. */
export type RotationPlace = {
  readonly site: PublishedSite;
  readonly keys: KeyFolder;
  /** An emergency: what is published is replaced, so it need not be readable. */
  readonly replaces: boolean;
};

/** A view, and what the next writes are conditional on. */
export type Observation = {
  readonly view: View;
  readonly stateEtag: string | undefined;
  readonly jwks: StoredObject | undefined;
  readonly mirror: StoredObject | undefined;
  readonly published: readonly Jwk[];
  /** Kids of key files are our own; a key may be published under another. */
  readonly aliases: ReadonlyMap<string, string>;
};

const fiveMinutes = 5 * 60 * 1000;

/** Looks at everything, in one go. INPUT_INVALID where the local clock is off. */
export async function observeRotation(
  context: Context,
  place: RotationPlace,
): Promise<Observation> {
  const { target, issuer, jwksUri, store } = place.site;
  const [jwks, mirror, answer] = await Promise.all([
    store.read(documentKeys.jwks),
    store.read(documentKeys.jwksMirror),
    context.fetchDocument(jwksUri),
  ]);
  // The state is written before the key set: read after it, it is never older. A key set that is
  // newer than the state would be brought back to what the state said before.
  const stored = await readRotationState(place.site.state);
  const readable = jwks === undefined ? undefined : readableKeys(jwks.body);
  const published =
    jwks === undefined || place.replaces
      ? (readable?.keys ?? [])
      : parseJwks(jwks.body, `${store.label}${documentKeys.jwks}`);
  const mirrored = mirror === undefined ? [] : readableKeys(mirror.body).keys;
  const state = stored?.state;
  const local = place.keys.read();
  const aliases = aliasesOf(published, state);
  const rename = (keyId: string): string => aliases.get(keyId) ?? keyId;
  const files = Object.fromEntries(
    Object.entries(local.publicKeys).map(([keyId, pem]) => [rename(keyId), pem]),
  );
  const compared = compareKeys({ state, published, mirrored, files });
  const isSound = readable?.whole !== false && compared.mismatches.length === 0;
  return {
    stateEtag: stored?.etag,
    jwks,
    mirror,
    published,
    aliases,
    view: {
      now: awsTime(context),
      name: target.name,
      issuer,
      callerArn: context.caller?.arn ?? '',
      state,
      removedBefore: state === undefined ? stored?.removed : undefined,
      published: [...new Set(published.map((key) => key.kid))],
      mirrored: mirror?.body === jwks?.body && (!place.replaces || isSound),
      ...compared,
      served: answer.ok && answer.status === 200 ? servedKeyIds(answer.body) : undefined,
      files: renameFiles(local.files, rename),
      publicKeys: {
        // What is nearer to the operator goes over what is farther away.
        ...Object.fromEntries(
          [...(state?.verifiers ?? []), ...(state?.keys ?? [])].map((key) => [
            key.keyId,
            key.publicKey,
          ]),
        ),
        ...Object.fromEntries(
          published.flatMap((jwk) => {
            const key = publicKeyOf(jwk);
            return key === undefined ? [] : [[jwk.kid, key.publicKey]];
          }),
        ),
        ...files,
      },
    },
  };
}

/** A key under the id it is published with. */
export function published(observation: Observation, key: PublicKeyRef): PublicKeyRef {
  return { ...key, keyId: observation.aliases.get(key.keyId) ?? key.keyId };
}

/** The effect with the ids that key files go by. */
export function forFiles(observation: Observation, effect: Effect): Effect {
  if (!('keyId' in effect)) return effect;
  return { ...effect, keyId: fileKeyId(observation, effect.keyId) };
}

/** The id of a key file's key. */
export function fileKeyId(observation: Observation, keyId: string): string {
  for (const [own, other] of observation.aliases) if (other === keyId) return own;
  return keyId;
}

/** AWS's time, which all gates go by; a local clock more than five minutes off is an error. */
export function awsTime(context: Context): Date {
  const server = context.aws.serverTime();
  const local = context.clock.now();
  if (server === undefined) return local;
  const offMs = local.getTime() - server.getTime();
  if (Math.abs(offMs) > fiveMinutes) {
    const seconds = Math.round(Math.abs(offMs) / 1000);
    throw new BootstrapError({
      code: 'INPUT_INVALID',
      message: `the clock of this machine, "${local.toISOString()}", is ${seconds}s ${offMs > 0 ? 'ahead of' : 'behind'} AWS's, "${server.toISOString()}"`,
      hint: 'correct the clock (NTP), then run again: the waits of a rotation need the right time',
      details: { local: local.toISOString(), aws: server.toISOString() },
    });
  }
  return server;
}

/**
 * Ids of keys that go by another one in the key set, also once they have left it: the state knows
 * them still. A key that is published under both goes by its own.
 */
function aliasesOf(
  keys: readonly Jwk[],
  state: RotationState | undefined,
): ReadonlyMap<string, string> {
  const known = [
    ...[...(state?.verifiers ?? []), ...(state?.keys ?? [])].map((key) => ({
      keyId: key.keyId,
      own: ownKeyId(key.publicKey),
    })),
    ...keys.map((jwk) => ({ keyId: jwk.kid, own: publicKeyOf(jwk)?.keyId })),
  ];
  const ids = new Set(known.map((key) => key.keyId));
  const aliases = new Map<string, string>();
  for (const { keyId, own } of known) {
    if (own !== undefined && !ids.has(own)) aliases.set(own, keyId);
  }
  return aliases;
}

function servedKeyIds(body: string): readonly string[] | undefined {
  try {
    return parseJwks(body, 'key set').map((key) => key.kid);
  } catch {
    return undefined;
  }
}

function renameFiles(files: KeyFiles, rename: (keyId: string) => string): KeyFiles {
  const renamed = <Slots extends { readonly [slot: string]: string | undefined }>(
    slots: Slots,
  ): { readonly [slot: string]: string } =>
    Object.fromEntries(
      Object.entries(slots).flatMap(([slot, keyId]) =>
        keyId === undefined ? [] : [[slot, rename(keyId)]],
      ),
    );
  return {
    privates: renamed(files.privates),
    publics: renamed(files.publics),
    behind: files.behind?.map(rename),
    verifiers: files.verifiers?.map(rename),
    secret: files.secret === undefined ? undefined : rename(files.secret),
  };
}
