// Reads of ACM, in the one region whose certificates CloudFront takes.
// https://docs.aws.amazon.com/acm/latest/APIReference/Welcome.html

import type { CertificateSummary, KeyAlgorithm } from '@aws-sdk/client-acm';
import type { ListedCertificate } from '../core/hosting/certificate.ts';
import { bareName } from '../core/hosting/dns-record.ts';
import { unless, type Attempt } from './attempt.ts';
import type { AcmReads } from './ports.ts';
import { cloudfrontRegion, type AcmService } from './sdk-clients.ts';
import { tagsOf } from './tag-list.ts';
import { pagesOf } from './pages.ts';

/** Without this filter ACM lists those with an RSA key of up to 2048 bits alone. */
const everyKeyType: { readonly Includes: { keyTypes: KeyAlgorithm[] } } = {
  Includes: {
    keyTypes: [
      'RSA_1024',
      'RSA_2048',
      'RSA_3072',
      'RSA_4096',
      'EC_prime256v1',
      'EC_secp384r1',
      'EC_secp521r1',
    ],
  },
};

/** ACM reads over a client that is opened at the first of them. */
export function acmReads(options: {
  readonly attempt: Attempt;
  readonly open: (region: string) => Promise<AcmService>;
  readonly region: string;
}): AcmReads {
  const ask = async <Output>(
    operation: string,
    input: object,
    send: (service: AcmService) => Promise<Output>,
    region = cloudfrontRegion(options.region),
  ): Promise<Output> =>
    options.attempt({ operation: `acm:${operation}`, input, region }, async () =>
      send(await options.open(region)),
    );

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
        usedBy: found.InUseBy ?? [],
      };
    },

    listCertificates: (region) =>
      ask(
        'ListCertificates',
        everyKeyType,
        async ({ client, sdk }) => {
          const all: ListedCertificate[] = [];
          for await (const page of pagesOf(
            sdk.paginateListCertificates({ client }, everyKeyType),
          )) {
            all.push(...(page.CertificateSummaryList ?? []).map(listedCertificate));
          }
          return all;
        },
        region,
      ),

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

function listedCertificate(summary: CertificateSummary): ListedCertificate {
  const { CertificateArn, DomainName = '', Status, InUse } = summary;
  return {
    arn: CertificateArn ?? '',
    status: Status ?? '',
    names: [...new Set([DomainName, ...(summary.SubjectAlternativeNameSummaries ?? [])])],
    isUsed: InUse === true,
  };
}
