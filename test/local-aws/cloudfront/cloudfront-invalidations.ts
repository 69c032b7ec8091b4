// Invalidations: complete after some seconds of the clock, and purge the edge then (facts 4.6).

import type { InvalidationBatch } from '@aws-sdk/client-cloudfront';
import { pageAnswer, resourceAnswer } from './cloudfront-answers.ts';
import { findDistribution } from './cloudfront-distributions.ts';
import { invalidationBatch, readShape } from './cloudfront-shapes.ts';
import type { LocalInvalidation } from './cloudfront-state.ts';
import { AwsFault, type AwsRequest, type AwsResponse, type World } from '../wire/protocol.ts';
import { parseXml, type XmlValue } from '../wire/xml.ts';

function statusOf(invalidation: LocalInvalidation, world: World): string {
  return world.now().getTime() >= invalidation.completesAt ? 'Completed' : 'InProgress';
}

function invalidationXml(invalidation: LocalInvalidation, world: World): XmlValue {
  const { paths } = invalidation;
  return {
    Id: invalidation.id,
    Status: statusOf(invalidation, world),
    CreateTime: invalidation.created.toISOString(),
    InvalidationBatch: {
      Paths: { Quantity: paths.length, Items: { Path: paths } },
      CallerReference: invalidation.callerReference,
    },
  };
}

function checkPaths(paths: readonly string[]): void {
  if (paths.length === 0) {
    throw new AwsFault(400, 'InvalidArgument', 'Your request contains no invalidation paths.');
  }
  for (const path of paths) {
    if (!path.startsWith('/') || path.length > 4000 || /\*./.test(path)) {
      throw new AwsFault(
        400,
        'InvalidArgument',
        `Your request contains one or more invalid invalidation paths: ${path}`,
      );
    }
  }
}

function ofDistribution(distributionId: string, world: World): readonly LocalInvalidation[] {
  const all = [...world.cloudfront.invalidations.values()];
  return all.filter((invalidation) => invalidation.distributionId === distributionId);
}

/** CreateInvalidation: the same reference with the same paths gives the batch there is. */
export function createInvalidation(
  request: AwsRequest,
  distributionId: string,
  world: World,
): AwsResponse {
  const distribution = findDistribution(request, distributionId, world);
  const batch = readShape(
    parseXml(request.body),
    invalidationBatch,
    'InvalidationBatch',
  ) as InvalidationBatch;
  const paths = batch.Paths?.Items ?? [];
  checkPaths(paths);
  if ((batch.CallerReference ?? '') === '') {
    throw new AwsFault(400, 'InvalidArgument', 'The parameter CallerReference is required.');
  }
  const before = ofDistribution(distribution.id, world);
  const same = before.find((other) => other.callerReference === batch.CallerReference);
  if (same !== undefined && same.paths.toSorted().join('\n') !== paths.toSorted().join('\n')) {
    throw new AwsFault(
      400,
      'InvalidArgument',
      'Your request contains a caller reference that was used for a previous invalidation batch for the same distribution.',
    );
  }
  const running = before.filter((other) => statusOf(other, world) === 'InProgress');
  const wildcards = [...running.flatMap((other) => other.paths), ...paths].filter((path) =>
    path.endsWith('*'),
  );
  if (same === undefined && wildcards.length > 15) {
    throw new AwsFault(
      400,
      'TooManyInvalidationsInProgress',
      'You have exceeded the maximum number of allowable InProgress invalidation requests.',
    );
  }
  const invalidation: LocalInvalidation = same ?? {
    id: world.newId('I'),
    distributionId: distribution.id,
    callerReference: batch.CallerReference ?? '',
    paths,
    created: world.now(),
    completesAt: world.now().getTime() + world.cloudfront.invalidationMs,
  };
  world.cloudfront.invalidations.set(invalidation.id, invalidation);
  return resourceAnswer({
    status: 201,
    name: 'Invalidation',
    value: invalidationXml(invalidation, world),
    location: `distribution/${distribution.id}/invalidation/${invalidation.id}`,
  });
}

/** GetInvalidation. */
export function getInvalidation(
  request: AwsRequest,
  target: { readonly distributionId: string; readonly id: string },
  world: World,
): AwsResponse {
  findDistribution(request, target.distributionId, world);
  const invalidation = world.cloudfront.invalidations.get(target.id);
  if (invalidation?.distributionId !== target.distributionId) {
    throw new AwsFault(404, 'NoSuchInvalidation', 'The specified invalidation does not exist.');
  }
  return resourceAnswer({ name: 'Invalidation', value: invalidationXml(invalidation, world) });
}

/** ListInvalidations: the newest first. */
export function listInvalidations(
  request: AwsRequest,
  distributionId: string,
  world: World,
): AwsResponse {
  findDistribution(request, distributionId, world);
  return pageAnswer({
    request,
    pageSize: world.cloudfront.pageSize,
    name: 'InvalidationList',
    itemName: 'InvalidationSummary',
    items: ofDistribution(distributionId, world).toReversed(),
    write: (invalidation) => ({
      Id: invalidation.id,
      CreateTime: invalidation.created.toISOString(),
      Status: statusOf(invalidation, world),
    }),
  });
}
