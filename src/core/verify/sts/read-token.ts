// The form of a token: a JSON Web Token that has every claim STS needs, each of the type it demands.

import type { Json } from '../../json.ts';
import { decodeJwt, maxTokenCharacters, type Jwt } from '../../keys/jwt.ts';
import { invalidToken, notAJwtAnswer, sizeAnswer } from './answers.ts';
import type { Refusal } from './steps.ts';
import { isTexts } from './token-keys.ts';

/** A token whose claims have the types that STS demands. */
export type ReadToken = Jwt & {
  readonly issuer: string;
  readonly times: { readonly iat: number; readonly exp: number; readonly nbf: number };
};

/** The token of a text, or why STS takes it for none. */
export function readToken(token: string): ReadToken | Refusal {
  if (token.length < 4 || token.length > maxTokenCharacters) {
    return {
      detail: `the token has ${token.length} characters; STS takes 4 to ${maxTokenCharacters}`,
      answer: sizeAnswer,
    };
  }
  const jwt = decodeJwt(token);
  if (jwt === undefined) {
    return {
      detail: 'the text is not a JSON Web Token: three parts of base64url, the first two with JSON',
      answer: notAJwtAnswer,
    };
  }
  const { claims } = jwt;
  const missing = ['iss', 'sub', 'aud', 'exp', 'iat'].find((claim) => claims[claim] === undefined);
  if (missing !== undefined) {
    const answer = invalidToken(`Missing a required claim: ${missing}`);
    return { detail: `the token has no claim "${missing}"`, answer };
  }
  const { iss, sub, aud, iat, exp, nbf = 0 } = claims;
  if (typeof iss !== 'string' || typeof sub !== 'string' || sub === '' || !isTexts(aud)) {
    return {
      detail: 'the token has a claim "iss", "sub" or "aud" that is no text',
      answer: notAJwtAnswer,
    };
  }
  if (!isInteger(iat) || !isInteger(exp) || !isInteger(nbf)) {
    return {
      detail: 'the token has a time that is not a whole number of seconds',
      answer: notAJwtAnswer,
    };
  }
  return { ...jwt, issuer: iss, times: { iat, exp, nbf } };
}

function isInteger(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value);
}
