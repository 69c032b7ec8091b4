// A distribution is deleted in three moves: disabled, waited for, deleted. Each needs the ETag of its
// moment, and CloudFront may say for a while that it is not disabled yet.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HowToDeleteDistribution.html

import deleteTemplate from '../../../templates/cloudfront/delete-distribution.json' with { type: 'json' };
import updateTemplate from '../../../templates/cloudfront/update-distribution.json' with { type: 'json' };
import type { Distribution } from '../../aws/ports.ts';
import { BootstrapError, isAwsError } from '../../core/errors.ts';
import { placeholder } from '../../core/placeholder.ts';
import { fillTemplate } from '../../core/template.ts';
import type { Context } from '../context.ts';
import { waitUntilDeployed } from './ensure-distribution.ts';
import { isStaleEtag, whileEtagIsStale } from './stale-etag.ts';
import { cloudfrontLagMs, retryWhileUsed } from '../retry-while.ts';
import { stillTrusted } from '../provider/find-trust.ts';
import { deletedOrGone, type Fate } from '../delete-steps.ts';
import type { Thing } from '../../core/thing.ts';

/** A distribution in plans and results. */
export function distributionThing({ id }: { readonly id: string }): Thing {
  return { resource: 'cloudfront-distribution', id };
}

/**
 * Deletes it; with `wait` false it is only disabled, unless that is done and everywhere already. Before it
 * goes, `findTrust` looks for a provider that trusts it again, and then `unlink` takes away what leads to
 * it; false where something still does.
 */
export async function deleteDistribution(
  context: Context,
  id: string,
  options: {
    readonly wait: boolean;
    readonly findTrust: (distribution: Distribution) => Promise<string | undefined>;
    readonly unlink: () => Promise<boolean>;
  },
): Promise<Fate> {
  const linked = { waits: 'DNS records still lead to it' };
  const ready = (await disable(context, id))
    ? await context.aws.cloudfront.getDistribution(id)
    : undefined;
  if (ready === undefined) return (await options.unlink()) ? 'gone' : linked;
  const isEverywhere = ready.status === 'Deployed' && isDisabled(ready);
  if (!isEverywhere && !context.gate.dryRun) {
    if (!options.wait) {
      return {
        waits:
          'disabled; CloudFront needs some minutes before it can be deleted: run the same command again',
      };
    }
    await waitUntilDisabled(context, id);
  }
  if (!isEverywhere && context.gate.dryRun && !options.wait) {
    return { waits: 'would be disabled; the next run deletes it' };
  }
  const trusting = context.gate.dryRun ? undefined : await options.findTrust(ready);
  if (trusting !== undefined) throw stillTrusted(distributionThing({ id }), trusting);
  if (!(await options.unlink())) return linked;
  return await withFreshEtag(context, id, async (current) => {
    await context.gate.perform({
      change: {
        resource: 'cloudfront-distribution',
        id,
        action: 'delete',
        detail: current.domainName,
      },
      requests: [
        {
          service: 'cloudfront',
          operation: 'delete-distribution',
          input: fillTemplate(deleteTemplate, {
            id,
            etag:
              isEverywhere || !context.gate.dryRun
                ? current.etag
                : placeholder('distribution-etag'),
          }),
        },
      ],
      retry: retryWhileUsed(context, {
        thing: `distribution "${id}"`,
        awsCode: 'DistributionNotDisabled',
        limitMs: cloudfrontLagMs,
      }),
      applied: async ({ error }) => isAwsError(error, 'NoSuchDistribution'),
    });
  });
}

/** Also over where another run of delete was faster. */
async function waitUntilDisabled(context: Context, id: string): Promise<void> {
  try {
    await waitUntilDeployed(context, id, isDisabled);
  } catch (error) {
    const isMissing = error instanceof BootstrapError && error.code === 'AWS_REQUEST_FAILED';
    if (!isMissing || (await context.aws.cloudfront.getDistribution(id)) !== undefined) throw error;
  }
}

/** False where it is gone. */
async function disable(context: Context, id: string): Promise<boolean> {
  const fate = await withFreshEtag(context, id, async (current) => {
    if (isDisabled(current)) return;
    const { etag, config } = current;
    await context.gate.perform({
      change: { resource: 'cloudfront-distribution', id, action: 'update', detail: 'disabled' },
      requests: [
        {
          service: 'cloudfront',
          operation: 'update-distribution',
          input: fillTemplate(updateTemplate, { id, etag, config: { ...config, Enabled: false } }),
        },
      ],
      // The second try of a request meets the ETag that the first one made.
      applied: async ({ error }) =>
        isStaleEtag(error) &&
        (await context.aws.cloudfront.getDistribution(id))?.config['Enabled'] === false,
    });
  });
  return fate === 'deleted';
}

/** Reads and acts; again where somebody changed it in between. `deleted`: `act` went through. */
async function withFreshEtag(
  context: Context,
  id: string,
  act: (current: Distribution) => Promise<void>,
): Promise<'deleted' | 'gone'> {
  return await whileEtagIsStale(context, async () => {
    const current = await context.aws.cloudfront.getDistribution(id);
    if (current === undefined) return 'gone';
    return await deletedOrGone('NoSuchDistribution', () => act(current));
  });
}

/** Whether it serves nothing, or is about to. */
export function isDisabled({ config }: Pick<Distribution, 'config'>): boolean {
  return config['Enabled'] === false;
}
