// Reads of CloudFront. Lists come in pages and show no tags; updates need the ETag of a full read.
// https://docs.aws.amazon.com/cloudfront/latest/APIReference/Welcome.html

import type {
  DistributionConfig,
  DistributionSummary as SdkSummary,
  Origin,
} from '@aws-sdk/client-cloudfront';
import type { JsonObject } from '../core/json.ts';
import { unless, type Attempt } from './attempt.ts';
import { cloudfrontRegion, type CloudFrontService } from './sdk-clients.ts';
import type {
  CloudFrontReads,
  DistributionSummary,
  OriginAccessControl,
  OriginAccessIdentity,
} from './ports.ts';
import { tagsOf } from './tag-list.ts';
import { pagesOf } from './pages.ts';
import { unreadableAnswer } from './unreadable-answer.ts';

/** CloudFront reads over a client that is opened at the first of them. */
export function cloudfrontReads(options: {
  readonly attempt: Attempt;
  readonly open: () => Promise<CloudFrontService>;
  readonly region: string;
}): CloudFrontReads {
  const ask = async <Output>(
    operation: string,
    input: object,
    send: (service: CloudFrontService) => Promise<Output>,
  ): Promise<Output> => {
    const region = cloudfrontRegion(options.region);
    return options.attempt({ operation: `cloudfront:${operation}`, input, region }, async () =>
      send(await options.open()),
    );
  };

  return {
    findOriginAccessControl: (name) =>
      ask('ListOriginAccessControls', {}, async ({ client, sdk }) => {
        for await (const page of pagesOf(sdk.paginateListOriginAccessControls({ client }, {}))) {
          const found = page.OriginAccessControlList?.Items?.find((item) => item.Name === name);
          if (found !== undefined) return originAccessControl(found.Id, found, undefined);
        }
        return undefined;
      }),

    getOriginAccessControl: async (id) => {
      const input = { Id: id };
      const answer = await unless(
        ['NoSuchOriginAccessControl'],
        ask('GetOriginAccessControl', input, ({ client, sdk }) =>
          client.send(new sdk.GetOriginAccessControlCommand(input)),
        ),
      );
      const found = answer?.OriginAccessControl;
      if (found === undefined) return undefined;
      return originAccessControl(
        found.Id ?? id,
        found.OriginAccessControlConfig ?? {},
        answer?.ETag,
      );
    },

    listOriginAccessIdentities: () =>
      ask('ListCloudFrontOriginAccessIdentities', {}, async ({ client, sdk }) => {
        const all: OriginAccessIdentity[] = [];
        for await (const page of pagesOf(
          sdk.paginateListCloudFrontOriginAccessIdentities({ client }, {}),
        )) {
          const items = page.CloudFrontOriginAccessIdentityList?.Items ?? [];
          for (const { Id: id = '', Comment: comment = '' } of items) {
            all.push({ id, comment, etag: undefined });
          }
        }
        return all;
      }),

    getOriginAccessIdentity: async (id) => {
      const input = { Id: id };
      const answer = await unless(
        ['NoSuchCloudFrontOriginAccessIdentity'],
        ask('GetCloudFrontOriginAccessIdentity', input, ({ client, sdk }) =>
          client.send(new sdk.GetCloudFrontOriginAccessIdentityCommand(input)),
        ),
      );
      const found = answer?.CloudFrontOriginAccessIdentity;
      if (found === undefined) return undefined;
      const comment = found.CloudFrontOriginAccessIdentityConfig?.Comment ?? '';
      return { id: found.Id ?? id, comment, etag: answer?.ETag };
    },

    listDistributions: () =>
      ask('ListDistributions', {}, async ({ client, sdk }) => {
        const all: DistributionSummary[] = [];
        for await (const page of pagesOf(sdk.paginateListDistributions({ client }, {}))) {
          all.push(...(page.DistributionList?.Items ?? []).map(summary));
        }
        return all;
      }),

    getDistribution: async (id) => {
      const input = { Id: id };
      const answer = await unless(
        ['NoSuchDistribution'],
        ask('GetDistribution', input, async ({ client, sdk }) => {
          const command = new sdk.GetDistributionCommand(input);
          const raw = sdk.keepRawAnswer(command);
          const read = await client.send(command);
          const unknown = sdk.unknownSettings(raw(), read.Distribution?.DistributionConfig);
          return { ...read, unknown };
        }),
      );
      if (answer === undefined) return undefined;
      const found = answer.Distribution;
      const config = found?.DistributionConfig;
      if (found === undefined || config === undefined) {
        throw unreadableAnswer('cloudfront:GetDistribution', 'a distribution');
      }
      return {
        ...summary({ ...config, Id: found.Id, ARN: found.ARN, DomainName: found.DomainName }),
        usesOriginAccessIdentity: usesIdentity(config),
        status: found.Status ?? '',
        lastModified: found.LastModifiedTime,
        etag: answer.ETag ?? '',
        config: JSON.parse(JSON.stringify(config)) as JsonObject,
        unknownSettings: answer.unknown ?? [],
      };
    },

    getTags: async (arn) => {
      const input = { Resource: arn };
      const answer = await ask('ListTagsForResource', input, ({ client, sdk }) =>
        client.send(new sdk.ListTagsForResourceCommand(input)),
      );
      return tagsOf(answer.Tags?.Items);
    },

    getInvalidationStatus: async (distributionId, id) => {
      const input = { DistributionId: distributionId, Id: id };
      const answer = await unless(
        ['NoSuchInvalidation', 'NoSuchDistribution'],
        ask('GetInvalidation', input, ({ client, sdk }) =>
          client.send(new sdk.GetInvalidationCommand(input)),
        ),
      );
      return answer?.Invalidation?.Status;
    },
  };
}

type OacMembers = {
  readonly Name?: string | undefined;
  readonly Description?: string | undefined;
  readonly SigningProtocol?: string | undefined;
  readonly SigningBehavior?: string | undefined;
  readonly OriginAccessControlOriginType?: string | undefined;
};

function originAccessControl(
  id: string | undefined,
  members: OacMembers,
  etag: string | undefined,
): OriginAccessControl {
  return {
    id: id ?? '',
    name: members.Name ?? '',
    description: members.Description ?? '',
    signingProtocol: members.SigningProtocol ?? '',
    signingBehavior: members.SigningBehavior ?? '',
    originType: members.OriginAccessControlOriginType ?? '',
    etag,
  };
}

function summary(
  from: { readonly [Member in 'Id' | 'ARN' | 'DomainName']: string | undefined } & {
    readonly [Member in 'Aliases' | 'Comment' | 'Origins']?: SdkSummary[Member];
  },
): DistributionSummary {
  return {
    id: from.Id ?? '',
    arn: from.ARN ?? '',
    domainName: from.DomainName ?? '',
    aliases: from.Aliases?.Items ?? [],
    comment: from.Comment ?? '',
    originDomainNames: (from.Origins?.Items ?? []).map(({ DomainName }) => DomainName ?? ''),
    originAccessIds: (from.Origins?.Items ?? []).flatMap(accessIdsOf),
  };
}

/** An identity stands as `origin-access-identity/cloudfront/<id>`; what is not used is empty. */
function accessIdsOf({ OriginAccessControlId, S3OriginConfig }: Origin): readonly string[] {
  const identity = S3OriginConfig?.OriginAccessIdentity?.split('/').at(-1);
  return [OriginAccessControlId ?? '', identity ?? ''].filter((id) => id !== '');
}

/** Of the origin that the default behavior reads; of any, where that is no bucket. */
function usesIdentity(config: DistributionConfig): boolean {
  const buckets = (config.Origins?.Items ?? []).filter(
    (origin) => origin.S3OriginConfig !== undefined,
  );
  const read = buckets.filter(({ Id }) => Id === config.DefaultCacheBehavior?.TargetOriginId);
  return (read.length > 0 ? read : buckets).some(
    (origin) => (origin.S3OriginConfig?.OriginAccessIdentity ?? '') !== '',
  );
}
