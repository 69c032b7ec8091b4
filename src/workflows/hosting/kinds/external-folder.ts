// The site of an issuer whose documents are the files of a folder: a web server of the user serves it, here
// or from a copy. What is written counts once the issuer URL serves it.

import { BootstrapError } from '../../../core/errors.ts';
import { documentKeys, jwksUriFor } from '../../../core/issuer/discovery.ts';
import type { DocumentsFolder } from '../../../core/issuer/documents-folder.ts';
import { readDocumentsState } from '../../../core/rotation/documents-state.ts';
import { readServedDiscovery } from '../../../core/issuer/served-discovery.ts';
import { isJsonObject, parseJson } from '../../../core/json.ts';
import type { Target } from '../../../core/target.ts';
import type { Context } from '../../context.ts';
import { waitUntilServed } from '../wait-until-served.ts';
import { folderDocuments, folderState } from '../folder-store.ts';
import type { FoundDocuments, HostingFacts, PublishedSite, StateStore } from '../site.ts';

/** What a result says of hosting that is not ours. */
export const servedElsewhere: HostingFacts = {
  hosting: 'external',
  bucket: null,
  distribution: null,
  originAccessControlId: null,
  domain: null,
  certificateArn: null,
  prefix: null,
};

/** The site; undefined where the folder holds no discovery document. ISSUER_WOULD_CHANGE where it is of another issuer. */
export function openFolderSite(
  context: Context,
  target: Target,
  place: { readonly issuer: string; readonly folder: DocumentsFolder },
): PublishedSite | undefined {
  const { issuer, folder } = place;
  const shown = (file: string): string => `${folder.root}/${file}`;
  const stateText = folder.read(folder.stateFile)?.text;
  readDocumentsState(stateText, { issuer, shown: shown(folder.stateFile) });
  const text = folder.read(documentKeys.discovery)?.text;
  if (text === undefined) return undefined;
  const file = shown(documentKeys.discovery);
  const discovery = readServedDiscovery(text, { issuer, shown: file });
  if ('broken' in discovery) {
    throw new BootstrapError({
      code: 'FILE_UNREADABLE',
      message: `"${file}" ${discovery.broken}`,
      hint: 'write it again with `oidc-bootstrap render-documents` and the keys that are served now; nothing was changed',
      details: { file },
    });
  }
  const jwksUri = jwksUriFor(issuer, discovery);
  if (discovery.jwksUri !== jwksUri) {
    throw new BootstrapError({
      code: 'INPUT_INVALID',
      message: `"${file}" names the key set "${discovery.jwksUri}", which is not in this folder: STS would not see the keys that are published here`,
      hint: `\`oidc-bootstrap render-documents\` makes it name "${jwksUri}"; nothing was changed`,
      details: { file, jwksUri: discovery.jwksUri },
    });
  }
  return {
    target,
    issuer,
    jwksUri,
    store: folderDocuments(context, folder),
    state: stateStore(context, { issuer, folder }),
    found: nothingRead,
    serve: ({ changed, texts }) =>
      waitUntilServed(context, {
        issuer,
        cachingDistributionId: undefined,
        changed,
        texts,
        notServed: (problem) => notServed({ issuer, folder, problem }),
      }),
    described: servedElsewhere,
  };
}

/** A rotation reads documents and state itself. */
const nothingRead: FoundDocuments = {
  discovery: undefined,
  jwks: undefined,
  jwksMirror: undefined,
  publishedKeys: [],
  removedKeys: [],
  managedKeyIds: [],
};

function stateStore(
  context: Context,
  { issuer, folder }: { readonly issuer: string; readonly folder: DocumentsFolder },
): StateStore {
  const state = folderState(context, folder);
  return {
    ...state,
    read: async (key) => {
      const found = await state.read(key);
      // The waits of a rotation go by AWS's clock, and a folder does not tell it.
      if (context.caller !== undefined) await context.aws.sts.getCaller();
      return found;
    },
    protect: async () => false,
    isExposed: false,
    shown: `${folder.root}/${folder.stateFile}`,
    anonymous: {
      // Where it would be found if the web server served the folder above too.
      url: new URL(folder.stateFile, `${issuer}/`).href,
      isRefused: (answer) =>
        answer.ok && answer.status < 500 && !(answer.status === 200 && isState(answer.body)),
    },
  };
}

/** A web server may answer every path with a page of its own. */
function isState(body: string): boolean {
  const document = parseJson(body);
  return isJsonObject(document) && Array.isArray(document['removed']);
}

function notServed(facts: {
  readonly issuer: string;
  readonly folder: DocumentsFolder;
  readonly problem: string;
}): BootstrapError {
  const { issuer, folder, problem } = facts;
  return new BootstrapError({
    code: 'WAIT_TIMED_OUT',
    message: `"${issuer}" does not serve what is in "${folder.root}": ${problem}`,
    hint:
      'make sure that the web server serves this folder at that URL (if it serves a copy, update the copy), ' +
      'then run the same command again: it goes on from here',
    details: { issuer, folder: folder.root, problem },
  });
}
