// Renders the issuer's documents into the folder of a web server. The order makes a run safe to kill:
// a removal is recorded before the key leaves, keys.json is written before its mirror, and the discovery
// document last, so that it never names a key set that is not there. The next run does what is left.

import type { Change } from '../../core/change.ts';
import {
  documentKeys,
  jwksUriFor,
  publishedKeys,
  renderDiscovery,
} from '../../core/issuer/discovery.ts';
import type { DocumentsFolder, FolderFile } from '../../core/issuer/documents-folder.ts';
import { readDocumentsState, renderDocumentsState } from '../../core/rotation/documents-state.ts';
import { readServedDiscovery } from '../../core/issuer/served-discovery.ts';
import { renderJwks } from '../../core/keys/jwks.ts';
import type { PublicKey } from '../../core/keys/public-key.ts';
import { decideServedKeys, readServedKeys, type KeyDecision } from '../../core/keys/served-keys.ts';
import type { RenderDocumentsResult } from '../../core/result.ts';

export type RenderInput = {
  readonly issuer: string;
  readonly given: readonly PublicKey[];
  /** Kids of `--remove-key`. */
  readonly remove: readonly string[];
  /** RFC 3339: when a removal is recorded. */
  readonly at: string;
};

/** A change of the folder, and how it is made. */
type FolderWrite = { readonly change: Change; readonly write: () => void };

/** What there is to do, in order; nothing where all is as it should be. */
export type RenderPlan = {
  readonly writes: readonly FolderWrite[];
  readonly warnings: readonly string[];
  readonly result: RenderDocumentsResult;
};

/** Reads the folder and decides; throws what forbids the work, before anything is written. */
export function planDocuments(folder: DocumentsFolder, input: RenderInput): RenderPlan {
  const { issuer, given, remove, at } = input;
  const shown = (file: string): string => `${folder.root}/${file}`;
  const stateText = folder.read(folder.stateFile)?.text;
  const state = readDocumentsState(stateText, { issuer, shown: shown(folder.stateFile) });
  const found: { readonly [file: string]: FolderFile | undefined } = Object.fromEntries(
    publishedKeys.map((file) => [file, folder.read(file)]),
  );
  const discoveryText = found[documentKeys.discovery]?.text;
  const discovery =
    discoveryText === undefined
      ? undefined
      : readServedDiscovery(discoveryText, { issuer, shown: shown(documentKeys.discovery) });
  const published = discovery === undefined || 'broken' in discovery ? undefined : discovery;
  const served = readServedKeys(found[documentKeys.jwks]?.text, shown(documentKeys.jwks));
  const decision = decideServedKeys({ ...state, given, served: served.keys, remove });

  const jwks = renderJwks(decision.keys);
  const document = (file: string, text: string, detail: string): readonly FolderWrite[] => {
    const before = found[file];
    if (before?.text === text && before.open) return [];
    const change: Change = {
      resource: 'document',
      id: file,
      action: before === undefined ? 'create' : 'update',
      detail: before?.text === text ? `${detail}: mode 0644` : detail,
    };
    return [{ change, write: () => folder.writeDocument(file, text) }];
  };
  const { recorded } = decision;
  const record: FolderWrite = {
    change: {
      resource: 'rotation-state',
      id: folder.stateFile,
      action: stateText === undefined ? 'create' : 'update',
      detail: `never serve ${recorded.join(', ')} again`,
    },
    write: () => folder.writeState(renderDocumentsState(state, { issuer, keyIds: recorded, at })),
  };
  return {
    writes: [
      ...(recorded.length === 0 ? [] : [record]),
      ...document(documentKeys.jwks, jwks, keySetDetail(decision)),
      ...document(documentKeys.jwksMirror, jwks, 'key set, where API servers of OpenShift look'),
      ...document(
        documentKeys.discovery,
        renderDiscovery(issuer, published),
        discoveryDetail(issuer, published),
      ),
    ],
    warnings: [
      ...brokenWarning(shown(documentKeys.jwks), served.broken),
      ...brokenWarning(
        shown(documentKeys.discovery),
        discovery !== undefined && 'broken' in discovery ? discovery.broken : undefined,
      ),
    ],
    result: {
      issuer,
      jwksUri: jwksUriFor(issuer, published),
      keyIds: decision.keys.map(({ kid }) => kid),
      removedKeyIds: [...state.removed.map((key) => key.keyId), ...recorded],
      documentsDir: folder.root,
    },
  };
}

/** `key set: adds a; drops b`. */
function keySetDetail({ added, dropped }: KeyDecision): string {
  const parts = [
    ...(added.length === 0 ? [] : [`adds ${added.join(', ')}`]),
    ...(dropped.length === 0 ? [] : [`drops ${dropped.join(', ')}`]),
  ];
  return parts.length === 0 ? 'key set' : `key set: ${parts.join('; ')}`;
}

function discoveryDetail(
  issuer: string,
  published: { readonly issuer: string; readonly jwksUri: string } | undefined,
): string {
  const detail = 'discovery document';
  // An API server's own document names its key set at a private address.
  const moved = published !== undefined && !published.jwksUri.startsWith(`${issuer}/`);
  return moved ? `${detail}: jwks_uri was "${published.jwksUri}"` : detail;
}

function brokenWarning(shown: string, broken: string | undefined): readonly string[] {
  return broken === undefined
    ? []
    : [`"${shown}" ${broken}, so no verifier could read it; it is written anew`];
}
