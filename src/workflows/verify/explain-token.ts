// Explains one token: what STS would decide on it, step by step, and what to do where it fails. Reads only;
// what is public is looked at without AWS credentials, and the rest is skipped with the reason.

import type { OidcProvider } from '../../aws/ports.ts';
import { providerArn } from '../../core/issuer/discovery.ts';
import { issuerUrlProblems } from '../../core/issuer/issuer-url.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Check } from '../../core/verify/check.ts';
import { seen, type Seen } from '../../core/seen.ts';
import type { SeenKeys } from '../../core/verify/sts/judge-key.ts';
import { readToken } from '../../core/verify/sts/read-token.ts';
import { walkToken, type StsFacts } from '../../core/verify/sts/walk-token.ts';
import { tokenChecks } from '../../core/verify/token-checks.ts';
import { awsTime } from '../aws-time.ts';
import type { Context } from '../context.ts';
import { look } from './look.ts';
import { readStsKeys } from './read-sts-keys.ts';

/** A token, and what it is to be judged by. */
export type TokenQuestion = {
  /** Without white space around it. */
  readonly token: string;
  /** How messages name it: its file, or standard input. */
  readonly shown: string;
  /** The issuer of the name or of `--issuer-url`; undefined: the token says. */
  readonly expectedIssuer: string | undefined;
  /** `--name c --region eu-west-1`, for hints. */
  readonly nameWords: string | undefined;
  readonly roleArn: string | undefined;
  /** The public key in the output folder, for hints. */
  readonly ownKey: { readonly keyId: string; readonly file: string } | undefined;
};

/** One check for each step of STS. The token itself is in none of them. */
export async function explainToken(
  context: Context,
  question: TokenQuestion,
): Promise<readonly Check[]> {
  const { token, expectedIssuer, roleArn } = question;
  const read = readToken(token);
  const now = awsTime(context);
  if ('detail' in read) {
    const steps = walkToken({ token, now, ...nothingSeen });
    return tokenChecks(steps, { ...question, token: undefined, clientIds: [] });
  }
  const [provider, keys, role] = await Promise.all([
    lookAtProvider(context, { issuer: read.issuer, roleArn }),
    lookAtKeys(context, { issuer: read.issuer, expectedIssuer }),
    lookAtRole(context, roleArn),
  ]);
  const at = context.aws.serverTime() ?? now;
  const steps = walkToken({ token, now: at, provider, keys, role });
  const clientIds = provider.seen ? (provider.value?.clientIds ?? []) : [];
  return tokenChecks(steps, { ...question, token: read, clientIds });
}

const unread = { seen: false, why: 'the token cannot be read' } as const;
const nothingSeen = { provider: unread, keys: unread, role: unread };

const noCredentials = 'no AWS credentials were found, which this check needs';

/** The provider that STS looks for: in the account of the role, where a role is given. */
async function lookAtProvider(
  context: Context,
  { issuer, roleArn }: { readonly issuer: string; readonly roleArn: string | undefined },
): Promise<Seen<OidcProvider | undefined>> {
  const { caller } = context;
  if (caller === undefined) return { seen: false, why: noCredentials };
  const other = otherAccount(context, roleArn);
  if (other !== undefined) return { seen: false, why: other };
  // No provider can have another URL, and what a token says goes into no request unchecked.
  if (!/^https:\/\/[\w.-]+(?:\/[\w.~/-]*)?$/.test(issuer) || issuer.length > 255) {
    return seen(undefined);
  }
  const { account, partition } = caller;
  const arn = providerArn({ issuer, account, partition });
  return look(() => context.aws.iam.getOidcProvider(arn));
}

/** The keys at the issuer, which is asked only where it may be the right one. */
async function lookAtKeys(
  context: Context,
  about: { readonly issuer: string; readonly expectedIssuer: string | undefined },
): Promise<SeenKeys> {
  const { issuer, expectedIssuer } = about;
  if (expectedIssuer !== undefined && issuer !== expectedIssuer) {
    return { seen: false, why: 'the token is of another issuer, whose documents are not read' };
  }
  const [problem] = issuerUrlProblems(issuer);
  if (problem !== undefined) {
    return { seen: false, why: `no document is read from the issuer of the token: it ${problem}` };
  }
  return seen(await readStsKeys(context, issuer));
}

/** The role that the token is for. */
async function lookAtRole(
  context: Context,
  roleArn: string | undefined,
): Promise<StsFacts['role']> {
  if (roleArn === undefined) {
    return {
      seen: false,
      why: 'no role was given: give the role that the pod asks for with --role-arn',
    };
  }
  if (context.caller === undefined) return { seen: false, why: noCredentials };
  const other = otherAccount(context, roleArn);
  if (other !== undefined) return { seen: false, why: other };
  const name = roleArn.slice(roleArn.lastIndexOf('/') + 1);
  const found = await look(() => context.aws.iam.getRole(name));
  if (!found.seen) return found;
  const role: { readonly trustPolicy: JsonObject } | undefined =
    found.value?.arn === roleArn ? found.value : undefined;
  return seen(role);
}

/** Why the credentials cannot see what STS sees: it looks in the account of the role. */
function otherAccount({ caller }: Context, roleArn: string | undefined): string | undefined {
  const account = roleArn?.split(':')[4];
  if (account === undefined || account === caller?.account) return undefined;
  return `the role is in account ${account}, and the credentials belong to account ${caller?.account ?? ''}: run again with credentials of the first`;
}
