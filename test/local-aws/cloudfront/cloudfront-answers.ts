// What CloudFront's answers have in common: namespace, ETag header, pages, preconditions.

import { AwsFault, type AwsRequest, type AwsResponse } from '../wire/protocol.ts';
import { toXml, type XmlValue } from '../wire/xml.ts';

const namespace = 'http://cloudfront.amazonaws.com/doc/2020-05-31/';

/** One resource with its ETag; `location` where it was created. */
export function resourceAnswer(answer: {
  readonly status?: number;
  readonly name: string;
  readonly value: XmlValue;
  readonly etag?: string;
  readonly location?: string;
}): AwsResponse {
  return {
    status: answer.status ?? 200,
    headers: {
      'content-type': 'text/xml',
      ...(answer.etag === undefined ? {} : { etag: answer.etag }),
      ...(answer.location === undefined
        ? {}
        : { location: `https://cloudfront.amazonaws.com/2020-05-31/${answer.location}` }),
    },
    body: toXml(answer.name, answer.value, namespace),
  };
}

/**
 * One page of a list: items after Marker, at most MaxItems and at most `pageSize`. The next
 * marker is the last item's id, as CloudFront has it.
 */
export function pageAnswer<Item extends { readonly id: string }>(page: {
  readonly request: AwsRequest;
  readonly pageSize: number;
  /** `DistributionList` */
  readonly name: string;
  /** `DistributionSummary` */
  readonly itemName: string;
  readonly items: readonly Item[];
  readonly write: (item: Item) => XmlValue;
}): AwsResponse {
  const asked = page.request.query.get('MaxItems');
  const limit = Math.min(asked === null ? 100 : Number(asked), page.pageSize);
  if (!Number.isInteger(limit) || limit < 1) {
    throw new AwsFault(400, 'InvalidArgument', 'The parameter MaxItems is invalid.');
  }
  const marker = page.request.query.get('Marker') ?? '';
  const start = marker === '' ? 0 : page.items.findIndex((item) => item.id === marker) + 1;
  const shown = page.items.slice(start, start + limit);
  const truncated = start + shown.length < page.items.length;
  return resourceAnswer({
    name: page.name,
    value: {
      Marker: marker,
      ...(truncated ? { NextMarker: shown.at(-1)?.id ?? '' } : {}),
      MaxItems: asked === null ? 100 : Number(asked),
      IsTruncated: truncated,
      Quantity: shown.length,
      ...(shown.length === 0 ? {} : { Items: { [page.itemName]: shown.map(page.write) } }),
    },
  });
}

/** 400 `InvalidIfMatchVersion` without If-Match, 412 `PreconditionFailed` with an old one. */
export function checkIfMatch(request: AwsRequest, etag: string): void {
  const ifMatch = request.headers['if-match'];
  if (ifMatch === undefined || ifMatch === '') {
    throw new AwsFault(
      400,
      'InvalidIfMatchVersion',
      'The If-Match version is missing or not valid for the resource.',
    );
  }
  if (ifMatch.replaceAll('"', '') !== etag) {
    throw new AwsFault(
      412,
      'PreconditionFailed',
      "The request failed because it didn't meet the preconditions in one or more request-header fields.",
    );
  }
}

/** The account of a signed request; 403 for all others. */
export function signedAccount(request: AwsRequest): string {
  if (request.account !== undefined) return request.account;
  throw new AwsFault(403, 'MissingAuthenticationToken', 'Request is missing Authentication Token');
}
