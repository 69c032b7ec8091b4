// Fetches the documents through the issuer URL, as STS would, until they are the bytes in the bucket.
// Only then may IAM trust the issuer.

import invalidationTemplate from '../../../templates/cloudfront/create-invalidation.json' with { type: 'json' };
import { documentKeys } from '../../core/issuer/discovery.ts';
import { BootstrapError } from '../../core/errors.ts';
import { isJsonObject } from '../../core/json.ts';
import { fillTemplate } from '../../core/template.ts';
import type { Context } from '../context.ts';
import { poll } from '../poll.ts';

/** How long no answer at all is put down to a name that is still new. */
const longestSilenceMs = 5 * 60_000;

/** The code with which S3 in China refuses everybody who reads without credentials. */
const unfiled = '<Code>UnauthorizedAccess</Code>';

export type ServedDocuments = {
  readonly issuer: string;
  /** The distribution, where its edges keep documents and need an invalidation. */
  readonly cachingDistributionId: string | undefined;
  /** A document was just written: edges that this machine does not see may keep the older one. */
  readonly changed: boolean;
  /** Texts by key. */
  readonly texts: { readonly [key: string]: string };
  /** The error where they never are; ISSUER_UNREACHABLE where not given. */
  readonly notServed?: (problem: string) => BootstrapError;
  /**
   * The error where a domain that people may still be making records for is not served in time;
   * given, no silence is too long.
   */
  readonly notServedYet?: ((problem: string) => BootstrapError) | undefined;
};

/**
 * Waits until every document is served as it stands in the bucket. Edges that cache are invalidated
 * where the one seen from here differs or a document was just written, and that is waited for.
 * Never served: ISSUER_UNREACHABLE, or what `notServedYet` gives, after `--timeout`.
 */
export async function waitUntilServed(context: Context, input: ServedDocuments): Promise<void> {
  let problem = await firstDifference(context, input);
  if (problem === undefined && !input.changed) return;
  if (input.cachingDistributionId !== undefined) {
    await invalidate(context, input.issuer, input.cachingDistributionId);
  }
  if (context.gate.dryRun || problem === undefined) return;
  const { notServed, notServedYet } = input;
  const failure = (): BootstrapError =>
    (notServedYet ?? notServed)?.(problem ?? '') ?? unreachable(input.issuer, problem ?? '');
  const started = context.clock.now().getTime();
  let answered = notServedYet !== undefined;
  await poll(
    context,
    {
      text: `${input.issuer} to serve the documents (${problem})`,
      pauseMs: 2_000,
      maxPauseMs: 15_000,
      onTimeout: failure,
    },
    async () => {
      problem = await firstDifference(context, input, () => (answered = true));
      if (problem === undefined) return true;
      // A new name needs a minute to be known; a machine without a way out never gets an answer.
      const silentMs = context.clock.now().getTime() - started;
      if (!answered && silentMs > longestSilenceMs) throw failure();
      return undefined;
    },
  );
}

/** Looks once, and warns of documents that differ from those in the bucket. */
export async function nameUnserved(
  context: Context,
  input: Pick<ServedDocuments, 'issuer' | 'texts'>,
): Promise<void> {
  const problem = await firstDifference(context, input);
  if (problem === undefined) return;
  context.warn(`the issuer "${input.issuer}" does not serve what the bucket holds: ${problem}`);
}

/** What is wrong with the first document that is not served as it should be, or undefined. */
async function firstDifference(
  context: Context,
  input: Pick<ServedDocuments, 'issuer' | 'texts'>,
  onAnswer: () => void = () => {},
): Promise<string | undefined> {
  const problems = await Promise.all(
    Object.entries(input.texts).map(async ([key, expected]) => {
      const answer = await context.fetchDocument(`${input.issuer}/${key}`);
      if (!answer.ok) return `${key}: ${answer.reason}`;
      onAnswer();
      if (answer.status === 401 && answer.body.includes(unfiled)) throw withoutFiling(input.issuer);
      if (answer.status !== 200) return `${key}: HTTP ${answer.status}`;
      return answer.body === expected ? undefined : `${key}: an older version is served`;
    }),
  );
  return problems.find((problem) => problem !== undefined);
}

async function invalidate(context: Context, issuer: string, distributionId: string): Promise<void> {
  const paths = Object.values(documentKeys).map((key) => new URL(`${issuer}/${key}`).pathname);
  const answers = await context.gate.perform({
    change: {
      resource: 'cloudfront-invalidation',
      id: distributionId,
      action: 'create',
      detail: 'edges may serve older documents than the bucket holds',
    },
    requests: [
      {
        service: 'cloudfront',
        operation: 'create-invalidation',
        input: fillTemplate(invalidationTemplate, {
          distributionId,
          // New each time: the same reference would be answered with the batch of before.
          reference: `oidc-bootstrap-${context.clock.now().getTime()}`,
          quantity: paths.length,
          paths,
        }),
      },
    ],
  });
  const invalidation = answers?.[0]?.['Invalidation'];
  if (!isJsonObject(invalidation)) return;
  const id = String(invalidation['Id']);
  await poll(
    context,
    { text: `invalidation ${id} to complete`, pauseMs: 5_000, maxPauseMs: 20_000 },
    async () => {
      const status = await context.aws.cloudfront.getInvalidationStatus(distributionId, id);
      return status === 'Completed' ? true : undefined;
    },
  );
}

function unreachable(issuer: string, problem: string): BootstrapError {
  return new BootstrapError({
    code: 'ISSUER_UNREACHABLE',
    message: `the issuer "${issuer}" does not serve its documents: ${problem}`,
    hint:
      'HTTP 403 means that the bucket policy, the origin access control or, in the public layout, Block Public ' +
      'Access of the account or organization does not let the reader in; a name or connection error means that ' +
      'this machine cannot reach the public internet; what was made is kept, run again to go on',
    details: { issuer, problem },
  });
}

/** S3 in China lets nobody read without credentials while the account has no ICP filing. */
function withoutFiling(issuer: string): BootstrapError {
  return new BootstrapError({
    code: 'ISSUER_UNREACHABLE',
    message: `S3 refuses everybody who reads "${issuer}" without credentials (HTTP 401 UnauthorizedAccess): the account has no ICP filing`,
    hint:
      'in the partition "aws-cn" an account serves documents to the public only after an ICP recordal: file it, or have AWS ' +
      'open the account, then run again; or host the issuer from an account of the partition "aws", register its URL as an ' +
      'IAM OIDC provider here and give that to create-iam-roles with --identity-provider-arn',
    details: { issuer, status: 401 },
  });
}
