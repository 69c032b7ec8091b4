// The documents as they stand in the bucket: there, of the right type, readable, and what is served.

import { objectKey } from '../hosting/shared-hosting.ts';
import { documentKeys, issuerProblem } from '../issuer/discovery.ts';
import { leakedKeyProblem } from '../issuer/served-elsewhere.ts';
import { InputError } from '../errors.ts';
import { isJsonObject, parseJson } from '../json.ts';
import { parseJwks, readableKeys } from '../keys/jwks.ts';
import { failed, passed, skipped, warned, type Check } from './check.ts';
import type { ServedFacts } from './documents-checks.ts';
import type { BucketFacts, Commands, StoredDocument } from './hosting-facts.ts';
import { valueOf } from '../seen.ts';

/** The type and cache headers that published documents have. */
const contentType = 'application/json';

/** Checks of each published object. */
export function storedChecks(
  bucket: BucketFacts,
  issuer: string,
  commands: Commands,
): readonly Check[] {
  const id = 'documents-stored';
  const documents = bucket.settings?.documents ?? [];
  const jwks = documents.find(({ key }) => key === documentKeys.jwks);
  return documents.map(({ key, stored }) => {
    const shown = `s3://${bucket.bucket}/${objectKey(bucket.prefix, key)}`;
    if (!stored.seen) return skipped(id, shown, stored.why);
    if (stored.value === undefined) {
      const finding = {
        detail: `"${key}" is not in bucket "${bucket.bucket}"`,
        // Of a trusted issuer that lost its key set, only a key that is named is published.
        hint: `run \`${key === documentKeys.jwks ? commands.publishKey : commands.publish}\``,
      };
      // ccoctl makes no second copy; where the discovery document names it, that check fails.
      return (key === documentKeys.jwksMirror ? warned : failed)(id, shown, finding);
    }
    const leaked = leakedKeyProblem(shown, readableKeys(stored.value.body).keys);
    if (leaked !== undefined) {
      const hint = `replace that key now: \`${commands.emergency}\``;
      return failed(id, shown, { detail: leaked.problem, hint });
    }
    const flaw = contentFlaw(key, shown, { stored: stored.value, issuer });
    if (flaw !== undefined) {
      return failed(id, shown, {
        detail: flaw,
        hint: `delete the object (\`aws s3api delete-object --bucket ${bucket.bucket} --key ${objectKey(bucket.prefix, key)}\`), then run \`${commands.publishKey}\` with every public key of the cluster`,
      });
    }
    const main = jwks === undefined ? undefined : valueOf(jwks.stored);
    if (key === documentKeys.jwksMirror && main !== undefined && main.body !== stored.value.body) {
      return warned(id, shown, {
        detail: `"${key}" differs from "${documentKeys.jwks}": a run was cut short, or somebody changed one of them`,
        hint: `run \`${commands.publish}\``,
      });
    }
    if (stored.value.contentType !== contentType) {
      return warned(id, shown, {
        detail: `"${key}" is stored as "${stored.value.contentType ?? 'no type'}", not as "${contentType}"`,
        hint: `run \`${commands.publish}\``,
      });
    }
    return passed(id, shown, 'stored');
  });
}

/** What a verifier could not read of it. */
function contentFlaw(
  key: string,
  shown: string,
  {
    stored: { body },
    issuer: wanted,
  }: { readonly stored: StoredDocument; readonly issuer: string },
): string | undefined {
  if (key === documentKeys.jwksMirror) return undefined;
  if (key === documentKeys.discovery) {
    const document = parseJson(body);
    if (!isJsonObject(document)) return `"${shown}" is not JSON`;
    const issuer = document['issuer'];
    if (typeof issuer !== 'string') return `"${shown}" names no issuer`;
    const problem = issuerProblem(issuer);
    if (problem !== undefined) return `"${shown}" names "${issuer}": ${problem}`;
    return issuer === wanted
      ? undefined
      : `"${shown}" names the issuer "${issuer}", and what is made for this name serves and trusts "${wanted}"`;
  }
  try {
    parseJwks(body, shown);
    return undefined;
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
}

/** Whether each document that was fetched is the one in the bucket. */
export function currentChecks(
  bucket: BucketFacts,
  served: ServedFacts,
  commands: Commands,
): readonly Check[] {
  const id = 'documents-current';
  return (bucket.settings?.documents ?? []).flatMap(({ key, stored }) => {
    const url = `${served.issuer}/${key}`;
    const answer =
      key === documentKeys.discovery
        ? served.discovery
        : served.keySet?.url === url
          ? served.keySet.answer
          : undefined;
    const held = valueOf(stored);
    if (held === undefined || answer?.ok !== true || answer.status !== 200) return [];
    if (answer.body === held.body) return [passed(id, url, 'the same as in the bucket')];
    return [
      failed(id, url, {
        detail: `"${url}" is another version than the one in bucket "${bucket.bucket}": CloudFront still serves an older one`,
        hint: `run \`${commands.publish}\`, which removes it from CloudFront's caches`,
      }),
    ];
  });
}
