// Whether IAM trusts an issuer at one of these hosts now. Another run may have made a provider since a
// teardown looked: the last look comes when nothing is served there any more and before the name is free.

import { BootstrapError } from '../../core/errors.ts';
import { providerArn } from '../../core/issuer/discovery.ts';
import type { Target } from '../../core/target.ts';
import type { Thing } from '../../core/thing.ts';
import type { Context } from '../context.ts';

/** ARN of such a provider. Where the caller may not list them, those of the hosts themselves are asked for. */
export async function findTrust(
  { aws }: Pick<Context, 'aws'>,
  { account, partition }: Target,
  hosts: readonly string[],
): Promise<string | undefined> {
  const arnOf = (host: string): string =>
    providerArn({ issuer: `https://${host}`, account, partition: partition.id });
  // A wildcard is no address.
  const named = hosts.filter((host) => !host.startsWith('*')).map(arnOf);
  const arns = (await aws.iam.listOidcProviderArns()) ?? named;
  for (const arn of arns) {
    const [, host = ''] = /:oidc-provider\/([^/]+)/.exec(arn) ?? [];
    // The list may show one that was deleted a moment ago.
    if (hosts.includes(host) && (await aws.iam.getOidcProvider(arn)) !== undefined) return arn;
  }
  return undefined;
}

/** The failure of a deletion: what serves an issuer that IAM trusts again stays. */
export function stillTrusted({ resource, id }: Thing, arn: string): BootstrapError {
  return new BootstrapError({
    code: 'AWS_REQUEST_FAILED',
    message: `${resource} "${id}" is not deleted: another run made IAM provider "${arn}", which trusts its issuer`,
    hint: 'to delete both, run delete again; to keep both, run create-all again',
    details: { resource, id, identityProviderArn: arn },
  });
}
