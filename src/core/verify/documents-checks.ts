// The documents as STS reads them, and as they stand in the bucket. Rules only: what was read comes in,
// checks go out. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html

import { documentKeys } from '../issuer/discovery.ts';
import type { FetchedDocument } from '../issuer/fetched-document.ts';
import {
  answerProblem,
  keySetProblem,
  leakedKeyProblem,
  namedIssuerProblem,
  namedKeySetProblem,
  type ServedProblem,
} from '../issuer/served-elsewhere.ts';
import { isJsonObject, parseJson } from '../json.ts';
import { readableKeys, type Jwk } from '../keys/jwks.ts';
import { failed, judged, passed, warned, type Check, type Finding } from './check.ts';
import { keyChecks, stsAlgorithms } from './key-checks.ts';

/** What the issuer serves. */
export type ServedFacts = {
  readonly issuer: string;
  readonly discovery: FetchedDocument;
  /** What is at the `jwks_uri`; undefined where the discovery document names none that may be read. */
  readonly keySet: { readonly url: string; readonly answer: FetchedDocument } | undefined;
};

/** How the documents are mended. */
export type DocumentsRepair = {
  /** The command that publishes them again; undefined where somebody else serves them. */
  readonly publish: string | undefined;
  /** The same with the cluster's public key. */
  readonly publishKey: string | undefined;
  /** The command that replaces every key. */
  readonly emergency: string | undefined;
  /** A finding of the hosting from which a document that cannot be read follows. */
  readonly cause: string | undefined;
  /** What to do about a read that is refused although all of the hosting is right. */
  readonly refused: string | undefined;
};

/** More keys than STS ever takes. */
const mostJudged = 200;

/** Checks of what is served. */
export function servedChecks(served: ServedFacts, repair: DocumentsRepair): readonly Check[] {
  const { issuer, discovery, keySet } = served;
  const url = `${issuer}/${documentKeys.discovery}`;
  const unread = answerProblem({ url, answer: discovery });
  if (unread !== undefined || !discovery.ok) {
    return [failed('documents-discovery', url, findingOf(unread, repair, 'unread'))];
  }
  const document = parseJson(discovery.body);
  if (!isJsonObject(document)) {
    const problem = { problem: `"${url}" is not JSON`, hint: 'serve the discovery document there' };
    return [failed('documents-discovery', url, findingOf(problem, repair, 'content'))];
  }
  const keySetFlaw = namedKeySetProblem(issuer, document) ?? elsewhereProblem(served, repair);
  const checks = [
    passed('documents-discovery', url, 'is served as STS reads it'),
    judged('documents-issuer', url, {
      finding: optional(namedIssuerProblem(issuer, document), repair),
      good: 'names the issuer byte for byte',
    }),
    judged('documents-jwks-uri', url, {
      finding: optional(keySetFlaw, repair),
      good: `names "${keySet?.url ?? ''}"`,
    }),
    algorithmCheck(url, document['id_token_signing_alg_values_supported'], repair),
    ...typeChecks([{ url, answer: discovery }, ...(keySet === undefined ? [] : [keySet])], repair),
  ];
  return keySet === undefined ? checks : [...checks, ...keySetChecks(keySet, repair)];
}

/** Whether the key set was given, not refused. */
export function isRead({ keySet }: Pick<ServedFacts, 'keySet'>): boolean {
  return keySet?.answer.ok === true && keySet.answer.status === 200;
}

/** The keys that are served; empty where they cannot be read. */
export function servedKeys(served: Pick<ServedFacts, 'keySet'>): readonly Jwk[] {
  const answer = served.keySet?.answer;
  return isRead(served) && answer?.ok === true ? readableKeys(answer.body).keys : [];
}

/** The `jwks_uri` of a discovery document that may be fetched; undefined where none is named. */
export function namedKeySetUrl(issuer: string, discovery: FetchedDocument): string | undefined {
  const document = discovery.ok && discovery.status === 200 ? parseJson(discovery.body) : undefined;
  if (!isJsonObject(document) || namedKeySetProblem(issuer, document) !== undefined)
    return undefined;
  const url = document['jwks_uri'];
  return typeof url === 'string' ? url : undefined;
}

/** A key set that this program publishes is served below the issuer, and nowhere else. */
function elsewhereProblem(
  { issuer, keySet }: ServedFacts,
  { publish }: DocumentsRepair,
): ServedProblem | undefined {
  if (publish === undefined || keySet === undefined) return undefined;
  const own = [documentKeys.jwks, documentKeys.jwksMirror].map((key) => `${issuer}/${key}`);
  if (own.includes(keySet.url)) return undefined;
  return {
    problem: `the "jwks_uri" of "${issuer}/${documentKeys.discovery}" is "${keySet.url}", which is not below the issuer: whoever serves that URL can sign tokens`,
    hint: '',
  };
}

function algorithmCheck(url: string, named: unknown, repair: DocumentsRepair): Check {
  const list = Array.isArray(named) ? named.map(String) : [];
  if (list.some((one) => stsAlgorithms.includes(one))) {
    return passed('documents-algorithms', url, `names ${list.join(', ')}`);
  }
  const problem = {
    problem: `"id_token_signing_alg_values_supported" of "${url}" ${list.length === 0 ? 'is missing' : `names ${list.join(', ')} only`}; STS takes ${stsAlgorithms.join(', ')}`,
    hint: 'write the algorithm of the keys there, such as "RS256" for the RSA keys of a cluster',
  };
  return warned('documents-algorithms', url, findingOf(problem, repair, 'content'));
}

function typeChecks(
  documents: readonly { readonly url: string; readonly answer: FetchedDocument }[],
  repair: DocumentsRepair,
): readonly Check[] {
  return documents.flatMap(({ url, answer }) => {
    if (!answer.ok || answer.status !== 200) return [];
    const type = answer.headers['content-type'] ?? '';
    if (/^application\/(?:[\w.-]+\+)?json\b/i.test(type)) {
      return [passed('documents-content-type', url, type)];
    }
    const problem = {
      problem: `"${url}" is served as "${type}", not as "application/json"`,
      hint: 'serve it with the header "Content-Type: application/json"',
    };
    return [warned('documents-content-type', url, findingOf(problem, repair, 'content'))];
  });
}

function keySetChecks(
  keySet: { readonly url: string; readonly answer: FetchedDocument },
  repair: DocumentsRepair,
): readonly Check[] {
  const { url, answer } = keySet;
  const unread = answerProblem(keySet);
  if (unread !== undefined || !answer.ok) {
    return [failed('documents-key-set', url, findingOf(unread, repair, 'unread'))];
  }
  const { keys, whole } = readableKeys(answer.body);
  const leaked = leakedKeyProblem(url, keys);
  if (leaked !== undefined) {
    return [
      failed('documents-key-set', url, {
        detail: leaked.problem,
        hint:
          repair.emergency === undefined
            ? leaked.hint
            : `replace that key now: \`${repair.emergency}\``,
      }),
    ];
  }
  const isKeySet = isJsonObject(parseJson(answer.body));
  const broken = {
    problem: `the key set "${url}" ${isKeySet ? 'has entries without a "kid"' : 'is not JSON'}`,
    hint: 'serve a key set of the public keys in use, each with its "kid"',
  };
  const problem = isKeySet ? (keySetProblem(url, keys) ?? (whole ? undefined : broken)) : broken;
  return [
    judged('documents-key-set', url, {
      finding: optional(problem, { ...repair, publish: repair.publishKey }),
      good: keys.length === 1 ? 'has 1 key' : `has ${keys.length} keys`,
    }),
    // The keys of a set that is too large are not checked: somebody else decides how many there are.
    ...(keys.length > mostJudged ? [] : keyChecks(keys, url)),
  ];
}

function optional(
  problem: ServedProblem | undefined,
  repair: DocumentsRepair,
): Finding | undefined {
  return problem === undefined ? undefined : findingOf(problem, repair, 'content');
}

/** Where this program publishes the documents, the hint is its command; else it is for whoever serves them. */
function findingOf(
  problem: ServedProblem | undefined,
  { publish, cause, refused }: DocumentsRepair,
  kind: 'unread' | 'content',
): Finding {
  const detail = problem?.problem ?? '';
  // What is wrong with a document in the bucket is told there.
  if (cause !== undefined && (kind === 'unread' || cause === 'documents-stored')) {
    return { detail, hint: `"${cause}" is the cause: mend that first` };
  }
  if (kind === 'unread' && refused !== undefined && /HTTP 40[13]/.test(detail)) {
    return { detail, hint: refused };
  }
  return { detail, hint: publish === undefined ? (problem?.hint ?? '') : `run \`${publish}\`` };
}
