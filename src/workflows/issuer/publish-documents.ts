// Publishes the two documents: read, merge by kid, write with If-Match. A key that another
// process published meanwhile is merged, never overwritten. Every upload carries type and cache headers.

import type { StoredObject } from '../../aws/ports.ts';
import { documentKeys, parseDiscovery, renderDiscovery } from '../../core/issuer/discovery.ts';
import { BootstrapError } from '../../core/errors.ts';
import { parseJwks, readableKeys, renderJwks, sameKeyIds, type Jwk } from '../../core/keys/jwks.ts';
import type { Context } from '../context.ts';
import type { DocumentStore } from '../hosting/document-store.ts';

/** Where documents are published. */
export type DocumentPlace = {
  readonly store: DocumentStore;
  /** The objects as read a moment ago, to save calls; If-Match guards what is made of them. */
  readonly found?: { readonly [key: string]: StoredObject | undefined } | undefined;
  /** What is there is replaced, so it need not be readable, and is not kept where kids are the same. */
  readonly replaces?: boolean | undefined;
};

/** The bytes as they stand in the bucket afterwards. */
export type PublishedDocuments = {
  readonly discovery: string;
  readonly jwks: string;
  readonly keys: readonly Jwk[];
  /** Whether a document was written, or would be in a dry run. */
  readonly changed: boolean;
};

/**
 * Given the keys found in keys.json, the keys to publish.
 * Called again, with `anew`, if another process wrote meanwhile: the earlier decision may be out of date.
 */
export type MergeKeys = (
  published: readonly Jwk[],
  anew: boolean,
) => readonly Jwk[] | Promise<readonly Jwk[]>;

const attempts = 5;

/** Publishes the key set under both its names, then the discovery document. */
export async function publishDocuments(
  context: Context,
  input: { place: DocumentPlace; issuer: string; merge: MergeKeys },
): Promise<PublishedDocuments> {
  const { place, issuer } = input;
  const { keys, text: jwks, changed } = await publishKeys(context, place, input.merge);
  const shown = `${place.store.label}${documentKeys.discovery}`;
  const published = await uncontended(context, place, documentKeys.discovery, async (current) => {
    const found = await current(documentKeys.discovery);
    const parsed =
      found === undefined ? undefined : { text: found.body, ...parseDiscovery(found.body, shown) };
    if (parsed !== undefined && parsed.issuer !== issuer) throw otherIssuer(parsed.issuer, issuer);
    const text = renderDiscovery(issuer, parsed);
    const changed = await put(place, { ...discoveryDocument, found, text });
    return changed === undefined ? undefined : { text, changed };
  });
  return { discovery: published.text, jwks, keys, changed: changed || published.changed };
}

/**
 * Publishes the merged keys at keys.json, and then the same bytes at openid/v1/jwks: keys.json is
 * the truth and its mirror follows, whatever it holds, so a run cut short between the two loses no
 * key and revives none. Another writer in between, at either, is answered by reading both again.
 */
export async function publishKeys(
  context: Context,
  place: DocumentPlace,
  merge: MergeKeys,
): Promise<{ keys: readonly Jwk[]; text: string; changed: boolean }> {
  const shown = `${place.store.label}${documentKeys.jwks}`;
  const parse = (found: StoredObject): readonly Jwk[] =>
    place.replaces === true ? readableKeys(found.body).keys : parseJwks(found.body, shown);
  return await uncontended(context, place, documentKeys.jwks, async (current, anew) => {
    const mirror = await current(documentKeys.jwksMirror);
    const found = await current(documentKeys.jwks);
    const published = found === undefined ? [] : parse(found);
    const keys = await merge(published, anew);
    if (keys.length === 0) throw noKeys();
    const same = found !== undefined && place.replaces !== true && sameKeyIds(published, keys);
    const text = same ? found.body : renderJwks(keys);
    const written = await put(place, { ...keySet, found, text });
    if (written === undefined) return undefined;
    const mirrored = await put(place, { ...keySetMirror, found: mirror, text });
    if (mirrored === undefined) return undefined;
    return { keys, text, changed: written || mirrored };
  });
}

/** A key set without a key cuts every workload off at once: no command has a reason to publish one. */
function noKeys(): BootstrapError {
  return new BootstrapError({
    code: 'INTERNAL',
    message: 'a key set without any key would be published',
    hint: 'nothing was changed by this write: report this with the output of `oidc-bootstrap rotate-keys status`',
  });
}

type OneDocument = { readonly key: string; readonly fileName: string; readonly detail: string };

const discoveryDocument: OneDocument = {
  key: documentKeys.discovery,
  fileName: '02-openid-configuration',
  detail: 'discovery document',
};

const keySet: OneDocument = {
  key: documentKeys.jwks,
  fileName: '03-keys.json',
  detail: 'key set',
};

const keySetMirror: OneDocument = {
  key: documentKeys.jwksMirror,
  fileName: '03-keys.json',
  detail: 'key set, where API servers of OpenShift look',
};

/**
 * Runs the work with the objects as they were just read; after a conflict (undefined) again, with all of them
 * read anew and after a pause. Gives `changed` also for what a lost answer may have written.
 */
async function uncontended<Result extends { readonly changed: boolean }>(
  context: Context,
  place: DocumentPlace,
  shown: string,
  work: (
    current: (key: string) => Promise<StoredObject | undefined>,
    anew: boolean,
  ) => Promise<Result | undefined>,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    const anew = attempt > 1;
    const current = async (key: string): Promise<StoredObject | undefined> =>
      place.found === undefined || anew ? await place.store.read(key) : place.found[key];
    const result = await work(current, anew);
    if (result !== undefined) return anew ? { ...result, changed: true } : result;
    if (attempt === attempts) throw contended(shown);
    await context.clock.sleep(200 * attempt);
  }
}

/** Writes the document where bytes or headers differ; whether it did. Undefined after a conflict. */
async function put(
  { store }: DocumentPlace,
  document: OneDocument & { readonly found: StoredObject | undefined; readonly text: string },
): Promise<boolean | undefined> {
  const { key, fileName, found, text } = document;
  if (found?.body === text && store.isServable(found)) return false;
  const detail =
    found?.body === text ? `${document.detail}: type and cache headers` : document.detail;
  const written = await store.write({ key, text, replaces: found, detail, fileName });
  return written ? true : undefined;
}

/** Another run published another issuer while this one was under way: the first one stays. */
function otherIssuer(issuer: string, wantedIssuer: string): BootstrapError {
  return new BootstrapError({
    code: 'ISSUER_WOULD_CHANGE',
    message: `another run has published the issuer "${issuer}" meanwhile, not "${wantedIssuer}"`,
    hint: 'run again without layout flags: the issuer that is published is kept',
    details: { issuer, wantedIssuer },
  });
}

function contended(key: string): BootstrapError {
  return new BootstrapError({
    code: 'AWS_REQUEST_FAILED',
    message: `object "${key}" was changed by somebody else at every one of ${attempts} attempts`,
    hint: 'make sure that no other run works on this cluster, then run again',
    details: { key },
  });
}
