// The settings of the account that `verify --deep` looks at: one read for each, however many names are checked.

import type { AccessFlags } from '../../core/hosting/public-access.ts';
import { accountQuotaChecks, type Quotas } from '../../core/verify/roles-checks.ts';
import type { Check } from '../../core/verify/check.ts';
import type { Seen } from '../../core/seen.ts';
import type { Context } from '../context.ts';
import { look, lookWith } from './look.ts';

/** What was read of the account; undefined where it was not asked for. */
export type AccountSettings = {
  /** Block Public Access; undefined where no hosting of this account is looked at. */
  readonly access: Seen<AccessFlags | undefined> | undefined;
  readonly quotas: Seen<Quotas>;
};

/** Reads the settings. `hosted`: some of the documents are in a bucket of the account. */
export async function observeAccount(
  context: Context,
  account: string,
  { hosted }: { readonly hosted: boolean },
): Promise<AccountSettings> {
  const { iam, s3 } = context.aws;
  const [quotas, access] = await Promise.all([
    lookWith('iam:GetAccountSummary', () => iam.getAccountSummary()),
    hosted ? look(() => s3.getAccountAccessBlock(account)) : undefined,
  ]);
  return { quotas, access };
}

/** Checks of the account alone: the same for every name. */
export function accountChecks(
  settings: AccountSettings | undefined,
  account: string,
): readonly Check[] {
  return settings === undefined ? [] : accountQuotaChecks(settings.quotas, account);
}
