// The rotation state beside a documents folder, as far as rendering documents needs it: whose it is, which
// keys never come back, and which a rotation holds. What else a rotation keeps in it stays as it is.

import { BootstrapError } from '../errors.ts';
import { isJsonObject, parseJson, type JsonObject } from '../json.ts';
import { removedKeysOf, type RemovedKey } from '../keys/removed-keys.ts';
import { stateSchemaVersion } from './state.ts';
import { shellWord } from '../shell-word.ts';

export type DocumentsState = {
  readonly removed: readonly RemovedKey[];
  /** Kids that have a role in the rotation, by role. */
  readonly managed: ReadonlyMap<string, string>;
  /** A key is staged or promoted: the rotation says what is served. */
  readonly underWay: boolean;
  /** All members, as they were read. */
  readonly members: JsonObject;
};

/**
 * Reads the state; `shown` is how messages name its file. FILE_UNREADABLE where it is no state: a removed
 * key could come back. ISSUER_WOULD_CHANGE where it is of another issuer.
 */
export function readDocumentsState(
  text: string | undefined,
  { issuer, shown }: { readonly issuer: string; readonly shown: string },
): DocumentsState {
  if (text === undefined) {
    return { removed: [], managed: new Map(), underWay: false, members: {} };
  }
  const state = parseJson(text);
  const removed = removedKeysOf(state);
  if (!isJsonObject(state) || removed === undefined) {
    throw new BootstrapError({
      code: 'FILE_UNREADABLE',
      message: `the rotation state "${shown}" cannot be read`,
      hint: 'it says which keys must never be served again: restore the file; nothing was changed',
      details: { file: shown },
    });
  }
  const of = state['issuer'];
  if (typeof of === 'string' && of !== issuer) {
    throw new BootstrapError({
      code: 'ISSUER_WOULD_CHANGE',
      message: `the rotation state "${shown}" is of the issuer "${of}", not of "${issuer}"`,
      hint: `give --issuer-url ${shellWord(of)}, or another --documents-dir for another issuer; nothing was changed`,
      details: { issuer: of, wantedIssuer: issuer },
    });
  }
  return { removed, managed: managedIn(state), underWay: isUnderWay(state), members: state };
}

/** The bytes of the state with those kids recorded too. */
export function renderDocumentsState(
  state: DocumentsState,
  facts: { readonly issuer: string; readonly keyIds: readonly string[]; readonly at: string },
): string {
  const { issuer, keyIds, at } = facts;
  const { schemaVersion = stateSchemaVersion, removed, ...others } = state.members;
  const entries = keyIds.map((keyId) => ({ keyId, reason: 'revoked', at }));
  const list = [...(Array.isArray(removed) ? removed : []), ...entries];
  return `${JSON.stringify({ schemaVersion, ...others, issuer, removed: list }, null, 2)}\n`;
}

function managedIn({ keys }: JsonObject): ReadonlyMap<string, string> {
  const list = Array.isArray(keys) ? keys.filter(isJsonObject) : [];
  return new Map(list.map((key) => [String(key['keyId']), String(key['role'])]));
}

/** A phase that this version does not know counts too. */
function isUnderWay({ phase }: JsonObject): boolean {
  return phase !== undefined && phase !== 'steady';
}
