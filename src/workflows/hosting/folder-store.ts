// Documents in the folder of a web server, and the rotation state beside it: written on condition of what
// was read, as objects of a bucket are. The bytes are the condition, since a folder has no ETags.

import { createHash } from 'node:crypto';
import type { StoredObject } from '../../aws/ports.ts';
import type { Change } from '../../core/change.ts';
import type { DocumentsFolder, FolderFile } from '../../core/issuer/documents-folder.ts';
import type { Context } from '../context.ts';
import { holdDocuments } from './hold-documents.ts';
import type { DocumentStore } from './document-store.ts';

/** The documents of the folder. */
export function folderDocuments(context: Context, folder: DocumentsFolder): DocumentStore {
  return folderStore(context, {
    folder,
    resource: 'document',
    fileOf: (key) => key,
    write: folder.writeDocument,
  });
}

/** The rotation state, the one file beside the folder. */
export function folderState(context: Context, folder: DocumentsFolder): DocumentStore {
  return folderStore(context, {
    folder,
    resource: 'rotation-state',
    fileOf: () => folder.stateFile,
    write: (_, text) => folder.writeState(text),
  });
}

function folderStore(
  context: Context,
  store: {
    readonly folder: DocumentsFolder;
    readonly resource: Change['resource'];
    readonly fileOf: (key: string) => string;
    readonly write: (file: string, text: string) => void;
  },
): DocumentStore {
  const { folder, resource, fileOf } = store;
  const read = (key: string): StoredObject | undefined => {
    const found = folder.read(fileOf(key));
    return found === undefined ? undefined : storedObject(found);
  };
  return {
    label: `${folder.root}/`,
    read: async (key) => read(key),
    isServable: ({ contentType }) => contentType !== undefined,
    write: async ({ key, text, replaces, detail }) => {
      const file = fileOf(key);
      const action = replaces === undefined ? 'create' : 'update';
      return await context.gate.performHere({ resource, id: file, action, detail }, async () => {
        const hold = await holdDocuments(context, folder);
        try {
          if (read(key)?.etag !== replaces?.etag) return false;
          store.write(file, text);
          return true;
        } finally {
          hold.release();
        }
      });
    },
  };
}

/** A web server gives the type by itself, to a file that it can read. */
function storedObject({ text, open }: FolderFile): StoredObject {
  return {
    body: text,
    etag: `"${createHash('sha256').update(text).digest('hex')}"`,
    contentType: open ? 'application/json' : undefined,
    cacheControl: undefined,
  };
}
