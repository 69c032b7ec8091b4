// A cluster with its issuer and roles, tokens of its API server with one fault each, and `verify` on them.

import { createHmac, createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto';
import { expect } from 'vitest';
import { describePublicKey } from '../../../src/core/keys/public-key.ts';
import { iamAccount, type IamAccount } from '../../local-aws/iam/iam-state.ts';
import { expectNoSecrets, openRotation, type RotationScene } from '../rotation/rotation-scene.ts';
import type { Outcome, RunChange } from '../scene.ts';

export const subject = 'system:serviceaccount:openshift-ingress-operator:ingress-operator';
export const nameFlags = ['--name', 'c', '--region', 'eu-west-1'];

/** One row of the result. */
export type Row = {
  readonly id: string;
  readonly status: string;
  readonly subject: string;
  readonly detail: string;
  readonly hint: string | null;
};

/** What a token is made of, where it differs from a good one. */
export type TokenParts = {
  readonly claims?: { readonly [claim: string]: unknown };
  readonly header?: { readonly [member: string]: unknown };
  readonly key?: KeyObject;
  /** `none`: no signature; `secret`: HS256 with the public key; `broken`: of another text. */
  readonly signature?: 'none' | 'secret' | 'broken';
};

export type TokenScene = RotationScene & {
  readonly mint: (parts?: TokenParts) => string;
  /** Runs `verify` with that token in a file. */
  readonly explain: (
    token: string,
    words?: readonly string[],
    change?: RunChange,
  ) => Promise<Outcome>;
  readonly iam: () => IamAccount;
};

/** Opens it; keys have 2048 bits, for speed. */
export async function openTokenScene(): Promise<TokenScene> {
  const scene = await openRotation({ apiServers: 1, stsJwksCacheMs: 0 });
  const signer = createPrivateKey(scene.read('serviceaccount-signer.private'));
  const publicPem = scene.read('serviceaccount-signer.public');
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return {
    ...scene,
    iam: () => iamAccount(scene.aws.state.iam, '111122223333'),
    mint: ({ claims = {}, header = {}, key = signer, signature } = {}) => {
      const now = Math.floor(scene.clock.now().getTime() / 1000);
      const { keyId } = describePublicKey(createPublicKey(key));
      const head = part({ alg: 'RS256', kid: keyId, ...header });
      const good = {
        iss: scene.issuer,
        sub: subject,
        aud: ['openshift'],
        iat: now,
        exp: now + 3600,
      };
      const signed = `${head}.${part({ ...good, ...claims })}`;
      const text = signature === 'broken' ? `${signed}x` : signed;
      const end =
        signature === 'secret'
          ? createHmac('sha256', publicPem).update(signed).digest('base64url')
          : sign('RSA-SHA256', Buffer.from(text), key).toString('base64url');
      return `${signed}.${signature === 'none' ? '' : end}`;
    },
    explain: async (token, words = [...nameFlags, '--role-arn', scene.roleArn], change = {}) => {
      const outcome = await scene.run(
        ['verify', '--token-file', scene.file('token', token), ...words],
        change,
      );
      expectNoSecrets(outcome, scene);
      const [, claims = token] = token.split('.');
      if (claims.length > 40) expect(outcome.stdout + outcome.stderr).not.toContain(claims);
      return outcome;
    },
  };
}

/** The checks of the token, or of another side. */
export function rowsOf(outcome: Outcome, side = 'token'): readonly Row[] {
  const checks: readonly Row[] = outcome.json.result?.checks ?? [];
  return checks.filter(({ id }) => id.startsWith(`${side}-`));
}

/** `key fail`: what was found of each step but those that pass. */
export function openRows(outcome: Outcome): readonly string[] {
  return rowsOf(outcome)
    .filter(({ status }) => status !== 'pass')
    .map(({ id, status }) => `${id} ${status}`);
}

/** Runs the command in a hint: what follows `oidc-bootstrap`, up to the next clause. */
export async function follow(scene: TokenScene, hint: string | undefined): Promise<void> {
  const [, command = ''] = /oidc-bootstrap ([^;]*)/.exec(hint ?? '') ?? [];
  const { code, stderr, stdout } = await scene.run(command.trim().split(' '));
  expect(code, `${command}: ${stderr}${stdout}`).toBe(0);
}
