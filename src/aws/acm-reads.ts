// Reads of ACM, in the one region whose certificates CloudFront takes.
// https://docs.aws.amazon.com/acm/latest/APIReference/Welcome.html

import { bareName } from '../core/hosting/dns-record.ts';
import { unless, type Attempt } from './attempt.ts';
import type { AcmReads } from './ports.ts';
import { cloudfrontRegion, type AcmService } from './sdk-clients.ts';
import { tagsOf } from './tag-list.ts';
import { pagesOf } from './pages.ts';

/** ACM reads over a client that is opened at the first of them. */
export function acmReads(options: {
  readonly attempt: Attempt;
  readonly open: () => Promise<AcmService>;
  readonly region: string;
}): AcmReads {
  const ask = async <Output>(
    operation: string,
    input: object,
    send: (service: AcmService) => Promise<Output>,
  ): Promise<Output> => {
    const region = cloudfrontRegion(options.region);
    return options.attempt({ operation: `acm:${operation}`, input, region }, async () =>
      send(await options.open()),
    );
  };

  return {
    getCertificate: async (arn) => {
      const input = { CertificateArn: arn };
      const answer = await unless(
        ['ResourceNotFound'],
        ask('DescribeCertificate', input, ({ client, sdk }) =>
          client.send(new sdk.DescribeCertificateCommand(input)),
        ),
      );
      const found = answer?.Certificate;
      if (found === undefined) return undefined;
      const record = found.DomainValidationOptions?.[0]?.ResourceRecord;
      return {
        arn,
        status: found.Status ?? '',
        names: found.SubjectAlternativeNames ?? [found.DomainName ?? ''],
        // The model says `RSA_2048`, the examples of the AWS CLI show `RSA-2048`.
        keyAlgorithm: (found.KeyAlgorithm ?? '').replace('-', '_'),
        createdAt: found.CreatedAt,
        notAfter: found.NotAfter,
        failureReason: found.FailureReason,
        validationRecord:
          record?.Name === undefined || record.Value === undefined
            ? undefined
            : { name: bareName(record.Name), value: bareName(record.Value) },
      };
    },

    // Without a filter of key types ACM lists those of RSA up to 2048: the ones it issues by default.
    listCertificates: (host) =>
      ask('ListCertificates', {}, async ({ client, sdk }) => {
        const all: { arn: string; status: string }[] = [];
        for await (const page of pagesOf(sdk.paginateListCertificates({ client }, {}))) {
          for (const { CertificateArn, DomainName, Status } of page.CertificateSummaryList ?? []) {
            if (DomainName === host) all.push({ arn: CertificateArn ?? '', status: Status ?? '' });
          }
        }
        return all;
      }),

    // Empty where it was deleted meanwhile.
    getTags: async (arn) => {
      const input = { CertificateArn: arn };
      const answer = await unless(
        ['ResourceNotFound'],
        ask('ListTagsForCertificate', input, ({ client, sdk }) =>
          client.send(new sdk.ListTagsForCertificateCommand(input)),
        ),
      );
      return tagsOf(answer?.Tags);
    },
  };
}
