// The local CloudFront: REST-XML of version 2020-05-31. Which operation a request is, and its answer.

import {
  createOriginAccessControl,
  createOriginAccessIdentity,
  deleteOriginAccessControl,
  deleteOriginAccessIdentity,
  getOriginAccessControl,
  getOriginAccessIdentity,
  listOriginAccessControls,
  listOriginAccessIdentities,
  updateOriginAccessControl,
} from './cloudfront-access.ts';
import {
  createDistribution,
  deleteDistribution,
  getDistribution,
  getDistributionConfig,
  listDistributions,
  updateDistribution,
} from './cloudfront-distributions.ts';
import {
  createInvalidation,
  getInvalidation,
  listInvalidations,
} from './cloudfront-invalidations.ts';
import { listTags, tagResource, untagResource } from './cloudfront-tags.ts';
import { AwsFault, type AwsRequest, type AwsResponse, type World } from '../wire/protocol.ts';

type Handler = (request: AwsRequest, world: World, ids: readonly string[]) => AwsResponse;

/** `ids` are the `{}` of the path, in order. */
type Route = {
  readonly operation: string;
  readonly method: string;
  readonly path: string;
  /** Query parameter (with value) that must be there. */
  readonly query?: readonly [string, string];
  readonly handle: Handler;
};

const id = (ids: readonly string[], index = 0): string => ids[index] ?? '';

const routes: readonly Route[] = [
  {
    operation: 'CreateDistributionWithTags',
    method: 'POST',
    path: 'distribution',
    query: ['WithTags', ''],
    handle: (request, world) => createDistribution(request, true, world),
  },
  {
    operation: 'CreateDistribution',
    method: 'POST',
    path: 'distribution',
    handle: (request, world) => createDistribution(request, false, world),
  },
  {
    operation: 'ListDistributions',
    method: 'GET',
    path: 'distribution',
    handle: listDistributions,
  },
  {
    operation: 'GetDistribution',
    method: 'GET',
    path: 'distribution/{}',
    handle: (request, world, ids) => getDistribution(request, id(ids), world),
  },
  {
    operation: 'GetDistributionConfig',
    method: 'GET',
    path: 'distribution/{}/config',
    handle: (request, world, ids) => getDistributionConfig(request, id(ids), world),
  },
  {
    operation: 'UpdateDistribution',
    method: 'PUT',
    path: 'distribution/{}/config',
    handle: (request, world, ids) => updateDistribution(request, id(ids), world),
  },
  {
    operation: 'DeleteDistribution',
    method: 'DELETE',
    path: 'distribution/{}',
    handle: (request, world, ids) => deleteDistribution(request, id(ids), world),
  },
  {
    operation: 'CreateInvalidation',
    method: 'POST',
    path: 'distribution/{}/invalidation',
    handle: (request, world, ids) => createInvalidation(request, id(ids), world),
  },
  {
    operation: 'ListInvalidations',
    method: 'GET',
    path: 'distribution/{}/invalidation',
    handle: (request, world, ids) => listInvalidations(request, id(ids), world),
  },
  {
    operation: 'GetInvalidation',
    method: 'GET',
    path: 'distribution/{}/invalidation/{}',
    handle: (request, world, ids) =>
      getInvalidation(request, { distributionId: id(ids), id: id(ids, 1) }, world),
  },
  { operation: 'ListTagsForResource', method: 'GET', path: 'tagging', handle: listTags },
  {
    operation: 'TagResource',
    method: 'POST',
    path: 'tagging',
    query: ['Operation', 'Tag'],
    handle: tagResource,
  },
  {
    operation: 'UntagResource',
    method: 'POST',
    path: 'tagging',
    query: ['Operation', 'Untag'],
    handle: untagResource,
  },
  {
    operation: 'CreateOriginAccessControl',
    method: 'POST',
    path: 'origin-access-control',
    handle: createOriginAccessControl,
  },
  {
    operation: 'ListOriginAccessControls',
    method: 'GET',
    path: 'origin-access-control',
    handle: listOriginAccessControls,
  },
  {
    operation: 'GetOriginAccessControl',
    method: 'GET',
    path: 'origin-access-control/{}',
    handle: (request, world, ids) => getOriginAccessControl(request, id(ids), world),
  },
  {
    operation: 'UpdateOriginAccessControl',
    method: 'PUT',
    path: 'origin-access-control/{}/config',
    handle: (request, world, ids) => updateOriginAccessControl(request, id(ids), world),
  },
  {
    operation: 'DeleteOriginAccessControl',
    method: 'DELETE',
    path: 'origin-access-control/{}',
    handle: (request, world, ids) => deleteOriginAccessControl(request, id(ids), world),
  },
  {
    operation: 'CreateCloudFrontOriginAccessIdentity',
    method: 'POST',
    path: 'origin-access-identity/cloudfront',
    handle: createOriginAccessIdentity,
  },
  {
    operation: 'ListCloudFrontOriginAccessIdentities',
    method: 'GET',
    path: 'origin-access-identity/cloudfront',
    handle: listOriginAccessIdentities,
  },
  {
    operation: 'GetCloudFrontOriginAccessIdentity',
    method: 'GET',
    path: 'origin-access-identity/cloudfront/{}',
    handle: (request, world, ids) => getOriginAccessIdentity(request, id(ids), world),
  },
  {
    operation: 'DeleteCloudFrontOriginAccessIdentity',
    method: 'DELETE',
    path: 'origin-access-identity/cloudfront/{}',
    handle: (request, world, ids) => deleteOriginAccessIdentity(request, id(ids), world),
  },
];

const prefix = '/2020-05-31/';

function match(request: Pick<AwsRequest, 'method' | 'path' | 'query'>): {
  readonly route: Route;
  readonly ids: readonly string[];
} {
  const segments = request.path.startsWith(prefix)
    ? request.path.slice(prefix.length).split('/')
    : [];
  for (const route of routes) {
    const wanted = route.path.split('/');
    const [name, value] = route.query ?? [];
    const fits =
      request.method === route.method &&
      wanted.length === segments.length &&
      wanted.every((part, index) => part === '{}' || part === segments[index]) &&
      (name === undefined || request.query.get(name) === value);
    if (fits) return { route, ids: segments.filter((_segment, index) => wanted[index] === '{}') };
  }
  throw new AwsFault(
    404,
    'UnknownOperationException',
    `the local AWS does not know ${request.method} ${request.path}`,
  );
}

/** Operation (`CreateDistribution`) and the ids in the path; 404 for unknown requests. */
export function cloudFrontTarget(request: Pick<AwsRequest, 'method' | 'path' | 'query'>): {
  readonly operation: string;
  readonly ids: readonly string[];
} {
  const { route, ids } = match(request);
  return { operation: route.operation, ids };
}

/** Answers one CloudFront request, or throws the `AwsFault` it deserves. */
export function handleCloudFront(request: AwsRequest, world: World): AwsResponse {
  const { route, ids } = match(request);
  return route.handle(request, world, ids);
}
