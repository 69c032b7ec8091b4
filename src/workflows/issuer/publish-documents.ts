// Publishes the two documents: read, merge by kid, write with If-Match. A key that somebody else
// published meanwhile is merged, never overwritten. Every upload carries type and cache headers.

import putTemplate from '../../../templates/s3/put-object.json' with { type: 'json' };
import type { BucketRef, StoredObject } from '../../aws/ports.ts';
import type { WriteRequest } from '../../core/change.ts';
import { documentKeys, parseDiscovery, renderDiscovery } from '../../core/issuer/discovery.ts';
import { BootstrapError } from '../../core/errors.ts';
import { parseJwks, readableKeys, renderJwks, sameKeyIds, type Jwk } from '../../core/keys/jwks.ts';
import { ccoctlTagKey } from '../../core/tags.ts';
import { fillTemplate } from '../../core/template.ts';
import type { Context } from '../context.ts';
import { untilBucketVisible } from '../retry-while.ts';
import { isConflict } from '../write-conflict.ts';

/** Every document may be kept five minutes: a new key is everywhere soon, STS is not throttled. */
export const cacheControl = 'public, max-age=300';

/** Where documents are published. */
export type DocumentPlace = {
  readonly name: string;
  readonly ref: BucketRef;
  /** ccoctl finds its objects by tag: an upload to its bucket keeps it. */
  readonly owner: 'ours' | 'ccoctl';
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
 * Asked again, with `anew`, where somebody else wrote meanwhile: what was decided on may be no more.
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
  const shown = `s3://${place.ref.bucket}/${documentKeys.discovery}`;
  const published = await uncontended(context, place, documentKeys.discovery, async (current) => {
    const found = await current(documentKeys.discovery);
    const parsed =
      found === undefined ? undefined : { text: found.body, ...parseDiscovery(found.body, shown) };
    if (parsed !== undefined && parsed.issuer !== issuer) throw otherIssuer(parsed.issuer, issuer);
    const text = renderDiscovery(issuer, parsed);
    return { text, changed: await put(context, place, { ...discoveryDocument, found, text }) };
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
  const shown = `s3://${place.ref.bucket}/${documentKeys.jwks}`;
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
    const written = await put(context, place, { ...keySet, found, text });
    const mirrored = await put(context, place, { ...keySetMirror, found: mirror, text });
    return { keys, text, changed: written || mirrored };
  });
}

/** A key set without a key cuts every workload off at once: no command has a reason to publish one. */
function noKeys(): BootstrapError {
  return new BootstrapError({
    code: 'INTERNAL',
    message: 'a key set without any key would be published',
    hint: 'nothing was changed by this write: report this with the output of `rotate-keys status`',
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
 * Runs the work with the objects as they were just read; after a conflict again, with all of them
 * read anew and after a pause. Gives `changed` also for what a lost answer may have written.
 */
async function uncontended<Result extends { readonly changed: boolean }>(
  context: Context,
  place: DocumentPlace,
  shown: string,
  work: (
    current: (key: string) => Promise<StoredObject | undefined>,
    anew: boolean,
  ) => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    const anew = attempt > 1;
    const current = async (key: string): Promise<StoredObject | undefined> =>
      place.found === undefined || anew
        ? await context.aws.s3.getObject(place.ref, key)
        : place.found[key];
    try {
      const result = await work(current, anew);
      return anew ? { ...result, changed: true } : result;
    } catch (error) {
      if (!isConflict(error)) throw error;
      if (attempt === attempts) throw contended(shown, error);
      await context.clock.sleep(200 * attempt);
    }
  }
}

/** Writes the document where bytes or headers differ; whether it did. */
async function put(
  context: Context,
  place: DocumentPlace,
  document: OneDocument & { readonly found: StoredObject | undefined; readonly text: string },
): Promise<boolean> {
  const { found, text } = document;
  const upToDate =
    found?.body === text &&
    found.contentType === 'application/json' &&
    found.cacheControl === cacheControl;
  if (upToDate) return false;
  await context.gate.perform({
    change: {
      resource: 's3-object',
      id: document.key,
      action: found === undefined ? 'create' : 'update',
      detail: found?.body === text ? `${document.detail}: type and cache headers` : document.detail,
    },
    requests: [putRequest({ place, document, found, text })],
    retry: untilBucketVisible(context),
    applied: async ({ error }) =>
      isConflict(error) && (await context.aws.s3.getObject(place.ref, document.key))?.body === text,
  });
  return true;
}

function putRequest(facts: {
  place: DocumentPlace;
  document: OneDocument;
  found: StoredObject | undefined;
  text: string;
}): WriteRequest {
  const { place, document, found, text } = facts;
  const tagging = new URLSearchParams({ [ccoctlTagKey(place.name)]: 'owned', Name: place.name });
  return {
    service: 's3api',
    operation: 'put-object',
    id: document.key.replaceAll(/[^A-Za-z0-9]+/g, '-').replace(/^-/, ''),
    input: fillTemplate(putTemplate, {
      bucket: place.ref.bucket,
      key: document.key,
      account: place.ref.account,
      cacheControl,
      tagging: place.owner === 'ccoctl' ? tagging.toString() : undefined,
      ifMatch: found?.etag,
      ifNoneMatch: found === undefined ? '*' : undefined,
    }),
    body: { text, fileName: document.fileName },
  };
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

function contended(key: string, cause: unknown): BootstrapError {
  return new BootstrapError({
    code: 'AWS_REQUEST_FAILED',
    message: `object "${key}" was changed by somebody else at every one of ${attempts} attempts`,
    hint: 'see that no other run works on this cluster, then run again',
    details: { key },
    cause,
  });
}
