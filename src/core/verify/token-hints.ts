// What to do about the step of STS's decision at which a token fails. Commands run as they stand where the
// names in them are known; what a token says stands in a command only where it has the form of a name.

import type { JsonObject } from '../json.ts';
import { stsAlgorithms } from './key-checks.ts';
import type { StsStep } from './sts/steps.ts';
import { comparedAudiences } from './sts/token-keys.ts';
import { shellWord } from '../shell-word.ts';

/** What hints are made of. */
export type TokenAbout = {
  /** How messages name the token: its file, or standard input. */
  readonly shown: string;
  /** Undefined where the token cannot be read. */
  readonly token: { readonly header: JsonObject; readonly claims: JsonObject } | undefined;
  /** The issuer that the token should be of; undefined where only the token says. */
  readonly expectedIssuer: string | undefined;
  /** `--name c --region eu-west-1`; undefined where no name was given. */
  readonly nameWords: string | undefined;
  /** Audiences of the provider, as far as they are known. */
  readonly clientIds: readonly string[];
  readonly roleArn: string | undefined;
  /** The public key in the output folder, as `--public-key-file` takes it. */
  readonly ownKey: { readonly keyId: string; readonly file: string } | undefined;
};

/** What to do where the token fails at a step. */
export function tokenHint(step: StsStep, about: TokenAbout): string {
  const create = `oidc-bootstrap create-identity-provider ${about.nameWords ?? '--name <name> --region <region>'}`;
  switch (step) {
    case 'format':
    case 'algorithm':
      return `give a token that an API server issued: ${freshToken(about)}`;
    case 'issuer':
      return issuerHint(about, create);
    case 'audience':
      return (
        (azpOf(about) === undefined
          ? ''
          : 'configure the issuer to leave "azp" out of its tokens; or ') +
        `take a token for a registered audience: ${freshToken(about)}; ` +
        `or register the audience: ${create} --audience ${audienceOf(about)}`
      );
    case 'documents':
      return about.nameWords === undefined
        ? 'the host of the issuer must serve both documents to everybody, over https, within 5 s and without a redirect'
        : `publish the documents again: ${create} --public-key-file ${about.ownKey?.file ?? '<file>'}`;
    case 'key':
      return keyHint(about, create);
    case 'signature':
      return (
        `take a fresh token: ${freshToken(about)}; if that fails too, another key is published under this key ID: ` +
        'compare it with: kubectl get --raw /openid/v1/jwks'
      );
    case 'times':
      return `take a fresh token: ${freshToken(about)}; if that fails too, set the clock of the API server, or of this machine`;
    case 'trust':
      return trustHint(about);
  }
}

/** True where the issuers differ by a slash at the end alone. */
export function differBySlash(one: string, other: string): boolean {
  return one !== other && one.replace(/\/+$/, '') === other.replace(/\/+$/, '');
}

function issuerHint(about: TokenAbout, create: string): string {
  const issuer = textOf(about.token?.claims['iss']);
  const expected = about.expectedIssuer;
  if (expected !== undefined && issuer !== expected) {
    const set = `--service-account-issuer=${expected}`;
    return differBySlash(issuer, expected)
      ? `set ${set} on every kube-apiserver, without the slash, and take a fresh token`
      : `give a token of the right cluster, or set ${set} on every kube-apiserver, before any other --service-account-issuer (tokens name the first one)`;
  }
  if (about.nameWords !== undefined) return `make the provider: ${create}`;
  const url = /^https:\/\/[\w./~-]+$/.test(issuer) ? issuer : '<url>';
  return `check the account of the credentials and of the role; to make the provider there: ${create} --issuer-url ${url}`;
}

/** A key of the output folder only needs to be published; another one may have been retired by a rotation. */
function keyHint(about: TokenAbout, create: string): string {
  const { ownKey, token } = about;
  if (!stsAlgorithms.includes(String(token?.header['alg']))) return tokenHint('algorithm', about);
  if (ownKey !== undefined && ownKey.keyId === token?.header['kid']) {
    return `publish the key: ${create} --public-key-file ${ownKey.file}`;
  }
  return (
    `if the key was rotated, take a fresh token: ${freshToken(about)}; else publish the public key that the API ` +
    `server signs with: ${create} --public-key-file <file>`
  );
}

function trustHint(about: TokenAbout): string {
  const subject = textOf(about.token?.claims['sub']).slice(0, 255);
  return (
    `give the --role-arn of the role for "${subject}"; or let this role trust it: name the service account in its ` +
    `CredentialsRequest (or with --service-account), then run oidc-bootstrap create-iam-roles ${about.nameWords ?? '--name <name> --region <region>'} ` +
    `--credentials-requests-dir <folder> --audience ${audienceOf(about)}`
  );
}

/** The command for a new token of the same service account, for an audience that the provider has. */
function freshToken(about: TokenAbout): string {
  const subject = textOf(about.token?.claims['sub']);
  const [, namespace = '<namespace>', account = '<service account>'] =
    /^system:serviceaccount:([a-z\d-]{1,63}):([a-z\d.-]{1,253})$/.exec(subject) ?? [];
  const usual = 'sts.amazonaws.com';
  const [first = usual] = about.clientIds;
  const audience = about.clientIds.includes(usual) ? usual : first;
  return `kubectl create token ${account} --namespace ${namespace} --audience ${shellWord(audience)}`;
}

function azpOf({ token }: TokenAbout): string | undefined {
  const azp = token?.claims['azp'];
  return typeof azp === 'string' ? azp : undefined;
}

/** The audience that STS compares, where it can stand in a command. */
function audienceOf({ token }: TokenAbout): string {
  const [audience = ''] = comparedAudiences(token?.claims ?? {});
  return /^[\w.:/][\w.:/-]{0,254}$/.test(audience) ? audience : '<audience>';
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
