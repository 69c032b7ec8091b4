// Every name of the account, one after the other: the calls of each are made side by side already. What is of
// the account and not of a name is read once.

import { inCauseOrder } from '../../core/verify/check.ts';
import type { ResultCheck } from '../../core/verify/result.ts';
import { commandsOf } from '../../core/verify/commands.ts';
import type { Account, ListedCluster } from '../../core/inventory/clusters.ts';
import type { Context } from '../context.ts';
import { accountChecks, observeAccount } from './account-settings.ts';
import type { AccountProviders } from './observe-providers.ts';
import type { ListedRoles } from './observe-roles.ts';
import { verifyName } from './verify-name.ts';

/** The checks of all names that `list` finds, each with its name. */
export async function verifyAll(
  context: Context,
  facts: {
    readonly account: Account;
    readonly clusters: readonly ListedCluster[];
    /** What `list` read of the account already. */
    readonly listed: { readonly providers: AccountProviders; readonly roles: ListedRoles };
    readonly deep: boolean;
  },
): Promise<readonly ResultCheck[]> {
  const { account, clusters, listed, deep } = facts;
  const checks: ResultCheck[] = [];
  const names = [...new Set(clusters.map(({ name }) => name))];
  const hosted = clusters.some(({ hosting }) => hosting !== 'external');
  const accountSettings =
    deep && names.length > 0 ? await observeAccount(context, account.id, { hosted }) : undefined;
  for (const [index, name] of names.entries()) {
    const cluster = clusters.find((one) => one.name === name);
    const region = cluster?.region ?? account.region;
    const issuerUrl = cluster?.hosting === 'external' ? cluster.issuer : undefined;
    const sharedHosting = cluster?.sharedHosting ?? undefined;
    const verified = await verifyName(context, {
      target: { name, region, account: account.id, partition: account.partition },
      issuerUrl,
      sharedHosting,
      deep,
      accountSettings,
      commands: commandsOf({ name, region, outputDir: undefined, issuerUrl, sharedHosting }),
      files: undefined,
      listed,
    });
    // The quotas of the account are told once, with the first name.
    const ofAccount = index === 0 ? accountChecks(accountSettings, account.id) : [];
    const own = inCauseOrder([...verified.checks, ...ofAccount]);
    checks.push(...own.map((check) => Object.assign({ cluster: name }, check)));
  }
  return checks;
}
