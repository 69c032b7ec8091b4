// The steps about the key of a token: its algorithm, the issuer's key set, the key ID, the signature.
// An algorithm that STS does not take, and an unknown key ID, have the same answer as no documents at all.

import type { KeyObject } from 'node:crypto';
import { isJsonObject, type Json, type JsonObject } from '../../json.ts';
import { isSignedBy } from '../../keys/jwt.ts';
import type { Jwk } from '../../keys/jwks.ts';
import { keyOfJwk } from '../../keys/public-key.ts';
import { invalidToken, noKeyAnswer } from './answers.ts';
import { isDocumentsFault, type DocumentsFault } from './issuer-keys.ts';
import type { Seen } from '../../seen.ts';
import type { ReadToken } from './read-token.ts';
import { fail, pass, quoted, unknown, type StepResult } from './steps.ts';

/** The keys at the token's issuer, or what is wrong with its documents. */
export type SeenKeys = Seen<readonly Jwk[] | DocumentsFault>;

const algorithms = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'];

/** STS takes six algorithms; all of them need a key pair. */
export function judgeAlgorithm(header: JsonObject): StepResult {
  const { alg } = header;
  const name = typeof alg === 'string' ? alg.slice(0, 20) : 'none';
  if (algorithms.includes(name)) return pass('algorithm', `signed with ${name}`);
  const why = name.toLowerCase() === 'none' ? 'the token is not signed' : describeAlgorithm(name);
  return fail('algorithm', {
    detail: `${why}; STS takes ${algorithms.join(', ')}`,
    answer: noKeyAnswer,
  });
}

function describeAlgorithm(name: string): string {
  return name.startsWith('HS')
    ? `signed with "${name}", a shared secret: whoever can check such a token can forge it`
    : `signed with "${name}"`;
}

/** The issuer's documents must lead to the key that the token names, and that key must have signed it. */
export function judgeKey(token: ReadToken, keys: SeenKeys): readonly StepResult[] {
  const { kid } = token.header;
  if (typeof kid !== 'string') {
    return [
      unknown('documents', 'the token names no key to look for'),
      fail('key', { detail: 'the token names no key ("kid")', answer: noKeyAnswer }),
      unchecked,
    ];
  }
  if (!keys.seen) {
    return [
      unknown('documents', keys.why),
      unknown('key', keys.why),
      unknown('signature', keys.why),
    ];
  }
  const found = keys.value;
  if (isDocumentsFault(found)) {
    const detail = found.problem;
    return [
      fail('documents', { detail, answer: found.answer }),
      unknown('key', 'no key could be read'),
      unchecked,
    ];
  }
  const count = found.length === 1 ? 'one key' : `${found.length} keys`;
  const documents = pass('documents', `the issuer publishes ${count}`);
  const key = usedKey(token, { kid, published: found });
  if ('problem' in key) {
    return [documents, fail('key', { detail: key.problem, answer: noKeyAnswer }), unchecked];
  }
  const shown = `key "${kid.slice(0, 255)}"`;
  return [
    documents,
    pass('key', `${shown} is published`),
    isSignedBy(token, key.publicKey)
      ? pass('signature', `matches ${shown}`)
      : fail('signature', {
          detail: `the signature does not match ${shown} as it is published`,
          answer: invalidToken(null),
        }),
  ];
}

const unchecked = unknown('signature', 'there is no key to check it with');

/** The key that the token names, or why STS cannot use it. */
function usedKey(
  token: ReadToken,
  { kid, published }: { readonly kid: string; readonly published: readonly Jwk[] },
): { readonly publicKey: KeyObject } | { readonly problem: string } {
  const { alg } = token.header;
  const shown = `key "${kid.slice(0, 255)}"`;
  const key = published.find((candidate) => candidate.kid === kid);
  if (key === undefined) {
    const others = quoted(published.map((candidate) => candidate.kid));
    return { problem: `${shown} of the token is not published; published: ${others}` };
  }
  if (key['alg'] !== undefined && key['alg'] !== alg) {
    const [wanted, used] = [shownText(key['alg']), shownText(alg)];
    return {
      problem: `${shown} is published for "${wanted}", and the token is signed with "${used}"`,
    };
  }
  const publicKey = keyOfJwk(key);
  return publicKey === undefined
    ? { problem: `${shown} is published, and cannot be read as a public key` }
    : { publicKey };
}

function shownText(value: Json | undefined): string {
  return typeof value === 'string'
    ? value.slice(0, 255)
    : isJsonObject(value)
      ? 'an object'
      : String(value);
}
