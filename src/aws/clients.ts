// AWS as the workflows see it, on top of the SDK: the one place where its parts are put together.

import { acmReads } from './acm-reads.ts';
import { attemptWith } from './attempt.ts';
import { cloudfrontReads } from './cloudfront-reads.ts';
import { iamReads } from './iam-reads.ts';
import type { Aws } from './ports.ts';
import { route53Reads } from './route53-reads.ts';
import { s3Reads } from './s3-reads.ts';
import { openClients, type AwsSettings } from './sdk-clients.ts';
import { stsReads } from './sts-reads.ts';
import { writeWith } from './write.ts';

/**
 * Connects. Nothing is loaded, read or sent before the first request; then each service loads the
 * part of the SDK it needs.
 */
export function connectAws(settings: AwsSettings): Aws {
  const { region } = settings;
  let bucketRegion = region;
  const clients = openClients(settings);
  const attempt = attemptWith(settings);
  return {
    s3: s3Reads({
      attempt,
      open: clients.s3,
      openControl: clients.s3Control,
      region: () => bucketRegion,
    }),
    cloudfront: cloudfrontReads({ attempt, open: clients.cloudfront, region }),
    iam: iamReads({ attempt, open: clients.iam, region }),
    acm: acmReads({ attempt, open: clients.acm, region }),
    route53: route53Reads({ attempt, open: clients.route53, region }),
    sts: stsReads({ attempt, open: clients.sts, region }),
    write: writeWith({ clients, attempt, region, bucketRegion: () => bucketRegion }),
    useBucketRegion: (found) => {
      bucketRegion = found;
    },
    serverTime: clients.serverTime,
  };
}
