// What `verify` is asked beside its checks of a name or an issuer: to explain a token, to prove the roles.
// What is needed of this machine is read before AWS is asked anything.

import * as path from 'node:path';
import { BootstrapError } from '../../core/errors.ts';
import { privateFiles, publicFiles } from '../../core/rotation/view.ts';
import type { Check } from '../../core/verify/check.ts';
import { commandsOf } from '../../core/verify/commands.ts';
import { readPrivateKey, readPublicKeys } from '../../core/keys/public-key.ts';
import type { Context } from '../../workflows/context.ts';
import { explainToken } from '../../workflows/verify/explain-token.ts';
import { proveName } from '../../workflows/verify/prove-name.ts';
import type { Session } from '../session/session.ts';
import { readGivenToken, type GivenToken } from './given-token.ts';
import { targetOf } from './target.ts';
import type { VerifyOptions } from './verify-flags.ts';

/** A token to explain, and a private key to prove roles with; undefined where not asked for. */
export type Questions = {
  readonly token: GivenToken | undefined;
  /** The public key in the output folder, for hints. */
  readonly ownKey: { readonly keyId: string; readonly file: string } | undefined;
  readonly signer: { readonly privatePem: string; readonly keyFile: string } | undefined;
};

/** Reads the files; FILE_UNREADABLE or INPUT_INVALID where one is missing or is not what it should be. */
export function readQuestions(options: VerifyOptions, session: Session): Questions {
  const { tokenFile, assume } = options;
  return {
    token: tokenFile === undefined ? undefined : readGivenToken(tokenFile, session.host.cwd),
    ownKey: readOwnKey(session),
    signer: assume ? readSigner(session) : undefined,
  };
}

/** The checks that answer them. */
export async function answerQuestions(
  context: Context,
  asked: {
    readonly options: VerifyOptions;
    readonly questions: Questions;
    /** Of the name; null where it has none. */
    readonly issuer: string | null;
  },
): Promise<readonly Check[]> {
  const { options, questions, issuer } = asked;
  const { name, roleArn } = options;
  const commands = name === '' ? undefined : commandsOf(options);
  const { token, signer } = questions;
  const explained =
    token === undefined
      ? []
      : await explainToken(context, {
          ...token,
          expectedIssuer: issuer ?? undefined,
          nameWords: commands?.flags,
          roleArn,
          ownKey: questions.ownKey,
        });
  if (signer === undefined || issuer === null || commands === undefined) return explained;
  const target = targetOf(context, options);
  const proven = await proveName(context, { target, issuer, commands, ...signer });
  return [...explained, ...proven];
}

/** Undefined also where the file holds no key: the checks of the files name that. */
function readOwnKey({ folder, host }: Session): Questions['ownKey'] {
  const shown = path.relative(host.cwd, path.join(folder.root, publicFiles.signer));
  try {
    const [key] = readPublicKeys(folder.read(publicFiles.signer) ?? '', publicFiles.signer);
    const file = /^[\w./-]+$/.test(shown) ? shown : '<file>';
    return key === undefined ? undefined : { keyId: key.keyId, file };
  } catch (error) {
    if (error instanceof BootstrapError) return undefined;
    throw error;
  }
}

function readSigner({ folder }: Session): NonNullable<Questions['signer']> {
  const keyFile = privateFiles.signer;
  const privatePem = folder.read(keyFile);
  if (privatePem === undefined) {
    throw new BootstrapError({
      code: 'FILE_UNREADABLE',
      message: `--assume signs tokens with "${keyFile}", which is not in the output folder "${folder.root}"`,
      hint: 'give the folder of the cluster with --output-dir, or run verify without --assume',
      details: { file: keyFile },
    });
  }
  readPrivateKey(privatePem, keyFile);
  return { privatePem, keyFile };
}
