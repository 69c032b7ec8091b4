// Block Public Access of the whole account, which no setting of a bucket undoes: it closes a public bucket, and
// a private one does not need it.

import { differingFlags, nothingBlocked, type AccessFlags } from '../hosting/public-access.ts';
import { failed, passed, skipped, warned, type Check } from './check.ts';
import type { HostingFacts } from './hosting-facts.ts';
import type { Seen } from '../seen.ts';

/** `access`: of the account; undefined where it was never set. */
export function accountAccessCheck(
  { kind, target }: Pick<HostingFacts, 'kind' | 'target'>,
  access: Seen<AccessFlags | undefined>,
): Check {
  const id = 'hosting-account-access';
  const { account } = target;
  if (!access.seen) return skipped(id, account, access.why);
  const found = access.value ?? nothingBlocked;
  const on = differingFlags(found, nothingBlocked);
  if (kind !== 's3-public') {
    return passed(id, account, `${flagsText(on)}; the setting of the bucket itself protects it`);
  }
  const hint =
    'if the account may have public buckets, turn these two off: `aws s3control put-public-access-block ' +
    `--account-id ${account} --public-access-block-configuration BlockPublicAcls=${found.BlockPublicAcls},` +
    `IgnorePublicAcls=${found.IgnorePublicAcls},BlockPublicPolicy=false,RestrictPublicBuckets=false\` ` +
    '(the setting is for every bucket of the account); if not, move the cluster to an issuer of the private layout';
  if (found.RestrictPublicBuckets) {
    return failed(id, account, {
      detail: `Block Public Access of account ${account} closes the public bucket (${on.join(', ')}): nobody can read the documents`,
      hint,
    });
  }
  if (found.BlockPublicPolicy) {
    return warned(id, account, {
      detail: `Block Public Access of account ${account} leaves the public bucket open, and refuses its policy when it is put again (BlockPublicPolicy)`,
      hint,
    });
  }
  return passed(id, account, `${flagsText(on)}: the public bucket can be read`);
}

function flagsText(on: readonly string[]): string {
  if (on.length === 0) return 'off for the account';
  return on.length === Object.keys(nothingBlocked).length
    ? 'on for the account'
    : `on for the account: ${on.join(', ')}`;
}
