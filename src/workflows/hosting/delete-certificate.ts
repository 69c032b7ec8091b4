// The certificate goes after its distribution: ACM says for minutes, up to twenty, that it is still in use.
// https://docs.aws.amazon.com/acm/latest/APIReference/API_DeleteCertificate.html

import deleteTemplate from '../../../templates/acm/delete-certificate.json' with { type: 'json' };
import { isAwsError } from '../../core/errors.ts';
import type { Target } from '../../core/target.ts';
import { fillTemplate } from '../../core/template.ts';
import type { Context } from '../context.ts';
import { poll } from '../poll.ts';
import { certificateThing, type OwnCertificate } from './find-certificates.ts';
import { deletedOrGone, type Fate } from '../delete-steps.ts';

/** Deletes it; with `wait` false only where ACM knows already that nothing uses it. */
export async function deleteCertificate(
  context: Context,
  certificate: Pick<OwnCertificate, 'arn' | 'host'>,
  options: { readonly target: Target; readonly wait: boolean },
): Promise<Fate> {
  const { arn, host } = certificate;
  const attempt = async (): Promise<'deleted' | 'gone' | undefined> => {
    try {
      return await deletedOrGone('ResourceNotFound', () =>
        context.gate.perform({
          change: { ...certificateThing(certificate), action: 'delete', detail: host },
          requests: [
            {
              service: 'acm',
              operation: 'delete-certificate',
              region: options.target.partition.cloudfrontRegion,
              input: fillTemplate(deleteTemplate, { arn }),
            },
          ],
          applied: async ({ error }) => isAwsError(error, 'ResourceNotFound'),
        }),
      );
    } catch (error) {
      if (!isAwsError(error, 'ResourceInUse')) throw error;
      return undefined;
    }
  };
  if (!options.wait) {
    const waits = 'ACM says for some minutes that it is in use: run the same command again';
    return (await attempt()) ?? { waits };
  }
  const text = `ACM to treat the certificate of "${host}" as unused`;
  return await poll(context, { text, pauseMs: 5_000, maxPauseMs: 20_000 }, attempt);
}
