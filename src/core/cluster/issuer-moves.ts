// The settings of an issuer change in the order that refuses no token: the new issuer is accepted
// everywhere, then signs everywhere, and the old one goes when its longest token has expired.
// https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/

import { platformAudience, presentIssuer, type Platform } from './platform.ts';

/** `new`: a cluster that has no other issuer; the moves are of a cluster in use. */
export const moves = ['new', 'move-1', 'move-2', 'move-3'] as const;

export type Move = (typeof moves)[number];

/** The issuer that the program made. */
export type NewIssuer = { readonly issuer: string; readonly jwksUri: string };

/** What an API server is told. */
export type IssuerSettings = {
  /** The first signs, all are accepted. */
  readonly issuers: readonly string[];
  readonly audiences: readonly string[];
  /** Undefined while the old issuer signs. */
  readonly jwksUri: string | undefined;
};

/** The settings of one move. */
export function settingsOf(
  move: Move,
  platform: Platform,
  { issuer, jwksUri }: NewIssuer,
): IssuerSettings {
  const present = presentIssuer(platform);
  const own = platformAudience(platform);
  switch (move) {
    case 'move-1':
      return {
        issuers: [present, issuer],
        audiences: [present, issuer, ...own],
        jwksUri: undefined,
      };
    case 'move-2':
      return { issuers: [issuer, present], audiences: [issuer, present, ...own], jwksUri };
    case 'new':
    case 'move-3':
      return { issuers: [issuer], audiences: [issuer, ...own], jwksUri };
  }
}

/** The same as flags of kube-apiserver, without dashes, in order. */
export function flagsOf({
  issuers,
  audiences,
  jwksUri,
}: IssuerSettings): readonly (readonly [string, string])[] {
  return [
    ...issuers.map((issuer) => ['service-account-issuer', issuer] as const),
    ...(jwksUri === undefined ? [] : [['service-account-jwks-uri', jwksUri] as const]),
    ['api-audiences', audiences.join(',')],
  ];
}
