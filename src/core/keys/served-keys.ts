// Decides which keys a rendered key set holds: those that are given, each in its place among those served. A
// served key is removed only with a flag, and a removed key is never published again, under any key ID.

import { createPublicKey } from 'node:crypto';
import { BootstrapError, InputError, UsageError } from '../errors.ts';
import { isJsonObject, parseJson } from '../json.ts';
import { jwkOf, parseJwks, type Jwk } from './jwks.ts';
import { describePublicKey, type PublicKey } from './public-key.ts';
import type { RemovedKey } from './removed-keys.ts';
import { shellWord } from '../shell-word.ts';

/** What is served now; `broken` says why it is nothing that a verifier could read. */
export type ServedKeys = { readonly keys: readonly Jwk[]; readonly broken?: string };

/**
 * The keys of a served key set; `shown` is how messages name it. One that no verifier can read serves
 * no key. INPUT_INVALID where single entries are flawed: it is not known whose keys they are.
 */
export function readServedKeys(text: string | undefined, shown: string): ServedKeys {
  if (text === undefined) return { keys: [] };
  if (text.trim() === '') return { keys: [], broken: 'is empty' };
  const document = parseJson(text);
  if (document === undefined) return { keys: [], broken: 'is not JSON' };
  if (!isJsonObject(document) || !Array.isArray(document['keys'])) {
    return { keys: [], broken: 'has no list "keys"' };
  }
  try {
    return { keys: parseJwks(text, shown) };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(
      error.issues,
      'correct that file by hand, or move it away: the next run writes it anew; nothing was changed',
    );
  }
}

/** What a run makes of the keys. */
export type KeyDecision = {
  /** To serve, in order: those served already keep their places. */
  readonly keys: readonly Jwk[];
  readonly added: readonly string[];
  readonly dropped: readonly string[];
  /** Ids to record as removed: the kid, and where that is another the Kubernetes key id. */
  readonly recorded: readonly string[];
};

/**
 * Decides. USAGE: a kid to remove is nowhere. KEY_REVOKED: a key that is given was removed.
 * INPUT_INVALID: no key would be left. KEY_NOT_PUBLISHED: a served kid is not given, or is given with another key;
 * or only the rotation may do it: it alone adds keys while it is under way, and removes those that it manages.
 */
export function decideServedKeys(facts: {
  readonly given: readonly PublicKey[];
  readonly served: readonly Jwk[];
  readonly removed: readonly RemovedKey[];
  /** Kids of `--remove-key`. */
  readonly remove: readonly string[];
  /** Kids that have a role in the rotation, by role. */
  readonly managed: ReadonlyMap<string, string>;
  /** The rotation is under way: keys of it that are served stay, given or not. */
  readonly underWay: boolean;
}): KeyDecision {
  const { served, remove, managed, underWay } = facts;
  const given = [...new Map(facts.given.map((key) => [key.keyId, key])).values()];
  const already = new Set(facts.removed.map((key) => key.keyId));
  const known = [...served.map((jwk) => jwk.kid), ...given.map((key) => key.keyId), ...already];
  const unknown = remove.filter((kid) => !known.includes(kid));
  if (unknown.length > 0) throw nowhere(unknown, served);
  const held = remove.filter((kid) => managed.has(kid));
  if (held.length > 0) throw heldByRotation(held, managed);

  const ids = remove.flatMap((kid) => [
    kid,
    ...served.filter((jwk) => jwk.kid === kid).map((jwk) => ownIdOf(jwk) ?? kid),
    ...given.filter((key) => key.keyId === kid).map((key) => key.ownKeyId ?? kid),
  ]);
  const recorded = [...new Set(ids)].filter((id) => !already.has(id));
  const gone = new Set([...already, ...recorded]);

  const left = given.filter((key) => !remove.includes(key.keyId));
  const back = left.filter(({ keyId, ownKeyId = keyId }) => gone.has(keyId) || gone.has(ownKeyId));
  if (back.length > 0) throw revoked(back.map((key) => key.keyId));
  if (left.length === 0) throw nothingLeft(remove);

  const kept = new Map(left.map((key) => [key.keyId, key]));
  const stays = ({ kid }: Jwk): boolean => underWay && managed.has(kid) && !gone.has(kid);
  const lost = served.filter((jwk) => !kept.has(jwk.kid) && !gone.has(jwk.kid) && !stays(jwk));
  if (lost.length > 0) throw notGiven(lost.map((jwk) => jwk.kid));
  const changed = served.filter((jwk) => isAnotherKey(jwk, kept.get(jwk.kid)));
  if (changed.length > 0) throw otherKey(changed.map((jwk) => jwk.kid));

  const places = new Map(served.map((jwk) => [jwk.kid, jwk]));
  const inPlace = [...places.values()].flatMap((jwk) => {
    const key = kept.get(jwk.kid);
    return key !== undefined ? [jwkOf(key)] : stays(jwk) ? [jwk] : [];
  });
  const added = left.filter((key) => !places.has(key.keyId));
  if (underWay && added.length > 0) throw addedMeanwhile(added.map((key) => key.keyId));
  return {
    keys: [...inPlace, ...added.map(jwkOf)],
    added: added.map((key) => key.keyId),
    dropped: [...places.values()]
      .filter((jwk) => !kept.has(jwk.kid) && !stays(jwk))
      .map(({ kid }) => kid),
    recorded,
  };
}

/** The Kubernetes key id of a served key; undefined where it is no key that can be read. */
function ownIdOf(jwk: Jwk): string | undefined {
  try {
    return describePublicKey(createPublicKey({ key: { ...jwk }, format: 'jwk' })).keyId;
  } catch {
    return undefined;
  }
}

/** An entry that no verifier can read is not another key: the given key replaces it. */
function isAnotherKey(served: Jwk, key: PublicKey | undefined): boolean {
  const own = ownIdOf(served);
  return key !== undefined && own !== undefined && own !== (key.ownKeyId ?? key.keyId);
}

const unchanged = 'what is served stays as it is';

/** A removal that would go against the rotation. */
function heldByRotation(
  keyIds: readonly string[],
  managed: ReadonlyMap<string, string>,
): BootstrapError {
  const named = keyIds.map((keyId) => `"${keyId}" (${managed.get(keyId) ?? ''})`).join(', ');
  return new BootstrapError({
    code: 'KEY_NOT_PUBLISHED',
    message: `the rotation of this issuer has a role for the key ${named}: --remove-key does not take it away`,
    hint: `\`oidc-bootstrap rotate-keys retire\` drops the retiring key, \`oidc-bootstrap rotate-keys rollback\` the next one, and \`oidc-bootstrap rotate-keys emergency\` every key that may be stolen; ${unchanged}`,
    details: { keyIds },
  });
}

/** A new key in the middle of a rotation. */
function addedMeanwhile(keyIds: readonly string[]): BootstrapError {
  return new BootstrapError({
    code: 'KEY_NOT_PUBLISHED',
    message: `${keysNamed(keyIds)} given and not served, and a rotation of this issuer is under way`,
    hint: `end it first (\`oidc-bootstrap rotate-keys status\` says how), or take the key out of the input; ${unchanged}`,
    details: { keyIds },
  });
}

function nowhere(kids: readonly string[], served: readonly Jwk[]): UsageError {
  const list = served.map((jwk) => jwk.kid);
  return new UsageError(
    kids.map((kid) => ({
      field: '--remove-key',
      message: `key id "${kid}" is neither served nor given nor removed already`,
    })),
    list.length === 0 ? 'leave the flag out: no key is served' : `served are ${quoted(list)}`,
  );
}

function revoked(keyIds: readonly string[]): BootstrapError {
  const flags = keyIds.map((keyId) => `--remove-key ${shellWord(keyId)}`).join(' ');
  return new BootstrapError({
    code: 'KEY_REVOKED',
    message: `${keysNamed(keyIds)} removed from this issuer and never served again`,
    hint: `take the key out of the input, or leave it out of the documents with ${flags}; ${unchanged}`,
    details: { keyIds },
  });
}

function nothingLeft(remove: readonly string[]): InputError {
  return new InputError(
    [{ message: `without ${quoted(remove)} no key is left to serve` }],
    `give the public key that the cluster signs with now, too; ${unchanged}`,
  );
}

function notGiven(keyIds: readonly string[]): BootstrapError {
  const flags = keyIds.map((keyId) => `--remove-key ${shellWord(keyId)}`).join(' ');
  return new BootstrapError({
    code: 'KEY_NOT_PUBLISHED',
    message: `${keysNamed(keyIds)} served and not among the keys given`,
    hint:
      'while tokens of it are in use, give its public key too (--public-key-file takes several); ' +
      `to drop it for good: ${flags}; ${unchanged}`,
    details: { keyIds },
  });
}

function otherKey(keyIds: readonly string[]): BootstrapError {
  return new BootstrapError({
    code: 'KEY_NOT_PUBLISHED',
    message: `${keysNamed(keyIds)} served with another key than the one given`,
    hint: `give the new key under an id of its own, beside the one that is served; ${unchanged}`,
    details: { keyIds },
  });
}

function quoted(list: readonly string[]): string {
  return list.map((item) => `"${item}"`).join(', ');
}

function keysNamed(keyIds: readonly string[]): string {
  return keyIds.length === 1 ? `key id ${quoted(keyIds)} is` : `key ids ${quoted(keyIds)} are`;
}
