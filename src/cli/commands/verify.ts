// verify: joins documents, hosting, provider, roles and key files of a name, and says what is wrong first.
// Reads only. What a check finds is a row of the result, never an error; the exit code tells.

import type { BootstrapError } from '../../core/errors.ts';
import { refusalOf, type VerifyResult } from '../../core/verify/result.ts';
import { signerPublicKey } from '../../core/verify/files-checks.ts';
import { inCauseOrder } from '../../core/verify/check.ts';
import { commandsOf } from '../../core/verify/commands.ts';
import { observeKeyFiles } from '../../local/key-files.ts';
import type { Context } from '../../workflows/context.ts';
import { listClusters } from '../../workflows/inventory/list-clusters.ts';
import { verifyAll } from '../../workflows/verify/verify-all.ts';
import { verifyIssuer } from '../../workflows/verify/verify-issuer.ts';
import { verifyName } from '../../workflows/verify/verify-name.ts';
import { targetOf } from '../flags/target.ts';
import { answerQuestions, readQuestions } from '../flags/verify-questions.ts';
import { readVerifyOptions, type VerifyOptions } from '../flags/verify-flags.ts';
import type { Flags } from '../flags/flags.ts';
import { describeChecks } from '../output/checks.ts';
import { fileNamesIn, type Page } from '../output/page.ts';
import type { Session } from '../session/session.ts';

export type Options = VerifyOptions;

/** Reads the flags; all issues at once. */
export function parse(flags: Flags): Options {
  return readVerifyOptions(flags);
}

/** Looks at everything that the flags ask for. */
export async function run(options: Options, session: Session): Promise<VerifyResult> {
  const questions = readQuestions(options, session);
  const { scope } = options;
  const context = await session.connect({
    ...options,
    skipCaller: scope === 'issuer' && questions.token === undefined,
    optionalCaller: scope === 'issuer' || scope === 'token',
  });
  const { issuer, checks } = await checksOf(context, options, session);
  const asked = await answerQuestions(context, { options, questions, issuer });
  // The names of --all stay together, in the order in which they were looked at.
  return { issuer, checks: scope === 'all' ? checks : inCauseOrder([...checks, ...asked]) };
}

async function checksOf(
  context: Context,
  options: Options,
  session: Session,
): Promise<VerifyResult> {
  const { scope, issuerUrl, sharedHosting, deep, outputDir } = options;
  if (scope === 'token') return { issuer: null, checks: [] };
  if (scope === 'issuer') return await verifyIssuer(context, issuerUrl ?? '');
  const target = targetOf(context, options);
  if (scope === 'all') {
    const account = { id: target.account, region: target.region, partition: target.partition };
    const { clusters, ...listed } = await listClusters(context, account);
    return { issuer: null, checks: await verifyAll(context, { account, clusters, listed, deep }) };
  }
  const files = observeKeyFiles(session.folder, fileNamesIn(outputDir));
  const publicKeyFile = signerPublicKey(files, target.name);
  const commands = commandsOf({ ...target, outputDir, issuerUrl, sharedHosting, publicKeyFile });
  const { issuer, checks } = await verifyName(context, {
    target,
    issuerUrl,
    sharedHosting,
    deep,
    commands,
    files,
  });
  return { issuer: issuer ?? null, checks };
}

/** CHECK_FAILED if a check of the result failed. */
export function refusal(result: VerifyResult, options: Options): BootstrapError | undefined {
  return refusalOf(result, options);
}

/** The checklist, and the findings at its end. */
export function describe(result: VerifyResult, page: Page): string {
  return describeChecks(result, page);
}
