// IAM's operations on OIDC providers: the URL is the identity, audiences are a set, thumbprints
// that are not given are found by connecting to the issuer, which must then be served already.

import { noSuchEntity, page, quotaExceeded, visibleProvider } from './iam-operation.ts';
import type { IamCall, IamOperations } from './iam-operation.ts';
import type { IamOidcProvider } from './iam-state.ts';
import {
  checkMembers,
  checkNumber,
  checkRequired,
  checkTagKeys,
  checkTags,
  checkText,
  constraints,
  mergeTags,
  newTags,
  refuseViolations,
  removeTags,
} from './iam-validation.ts';
import { fetchIssuerDocuments, thumbprintOfHost } from '../sts/issuer-documents.ts';
import { AwsFault, type World } from '../wire/protocol.ts';
import { readList, readTags } from '../wire/query-request.ts';
import { tagMembers } from '../wire/query-response.ts';

/** The provider operations by wire name. */
export const providerOperations: IamOperations = {
  async CreateOpenIDConnectProvider(call) {
    const { params, world, account, accountId } = call;
    const clientIds = readList(params, 'ClientIDList');
    const thumbprints = readList(params, 'ThumbprintList');
    refuseViolations(
      checkMembers('clientIDList', clientIds, constraints.clientId),
      checkMembers('thumbprintList', thumbprints, constraints.thumbprint),
      checkTags(readTags(params)),
      checkRequired('url', params.Url, constraints.url),
    );
    const url = checkProviderUrl(params.Url ?? '');
    const tags = newTags(readTags(params));
    if (thumbprints !== undefined) checkThumbprintCount(thumbprints);
    const unique = [...new Set(clientIds ?? [])];
    checkClientIdQuota(unique.length, call);
    const arn = `arn:${world.partition}:iam::${accountId}:oidc-provider/${url.slice('https://'.length)}`;

    refuseNewProvider(arn, url, call);
    const stored = thumbprints ?? [await fetchThumbprint(world, url)];
    // Another creation may have ended while the issuer was asked.
    refuseNewProvider(arn, url, call);
    account.oidcProviders.set(arn, {
      arn,
      url,
      clientIds: unique,
      thumbprints: stored.map((thumbprint) => thumbprint.toLowerCase()),
      tags,
      createdAt: world.now(),
    });
    return {
      OpenIDConnectProviderArn: arn,
      ...(tags.length > 0 ? { Tags: tagMembers(tags) } : {}),
    };
  },

  GetOpenIDConnectProvider(call) {
    const provider = findProvider(call, 'read');
    return {
      Url: provider.url.slice('https://'.length),
      ClientIDList: provider.clientIds,
      ThumbprintList: provider.thumbprints,
      CreateDate: provider.createdAt,
      Tags: tagMembers(provider.tags),
    };
  },

  ListOpenIDConnectProviders({ account, world }) {
    const visible = [...account.oidcProviders.keys()]
      .toSorted()
      .filter((arn) => visibleProvider({ account, world }, arn) !== undefined);
    return { OpenIDConnectProviderList: visible.map((Arn) => ({ Arn })) };
  },

  AddClientIDToOpenIDConnectProvider(call) {
    refuseViolations(checkRequired('clientID', call.params.ClientID, constraints.clientId));
    const provider = findProvider(call, 'write');
    const clientId = call.params.ClientID ?? '';
    if (provider.clientIds.includes(clientId)) return undefined;
    checkClientIdQuota(provider.clientIds.length + 1, call);
    provider.clientIds.push(clientId);
    return undefined;
  },

  RemoveClientIDFromOpenIDConnectProvider(call) {
    refuseViolations(checkRequired('clientID', call.params.ClientID, constraints.clientId));
    const provider = findProvider(call, 'write');
    provider.clientIds = provider.clientIds.filter((id) => id !== call.params.ClientID);
    return undefined;
  },

  UpdateOpenIDConnectProviderThumbprint(call) {
    const thumbprints = readList(call.params, 'ThumbprintList');
    refuseViolations(
      thumbprints === undefined
        ? [{ at: 'thumbprintList', rule: 'Member must not be null' }]
        : checkMembers('thumbprintList', thumbprints, constraints.thumbprint),
    );
    checkThumbprintCount(thumbprints ?? []);
    const provider = findProvider(call, 'write');
    provider.thumbprints = (thumbprints ?? []).map((thumbprint) => thumbprint.toLowerCase());
    return undefined;
  },

  TagOpenIDConnectProvider(call) {
    const sent = readTags(call.params);
    refuseViolations(
      sent === undefined ? [{ at: 'tags', rule: 'Member must not be null' }] : checkTags(sent),
    );
    const tags = newTags(sent);
    const provider = findProvider(call, 'write');
    provider.tags = mergeTags(provider.tags, tags);
    return undefined;
  },

  UntagOpenIDConnectProvider(call) {
    const keys = readList(call.params, 'TagKeys');
    refuseViolations(checkTagKeys(keys));
    const provider = findProvider(call, 'write');
    provider.tags = removeTags(provider.tags, keys ?? []);
    return undefined;
  },

  ListOpenIDConnectProviderTags(call) {
    refuseViolations(
      checkNumber('maxItems', call.params.MaxItems, { min: 1, max: 1000 }),
      checkText('marker', call.params.Marker, constraints.marker),
    );
    const { items, ...rest } = page(findProvider(call, 'read').tags, call);
    return { Tags: tagMembers(items), ...rest };
  },

  DeleteOpenIDConnectProvider(call) {
    call.account.oidcProviders.delete(findProvider(call, 'write').arn);
    return undefined;
  },
};

/** The provider a call names; reading and writing operations word its absence differently. */
function findProvider(call: IamCall, purpose: 'read' | 'write'): IamOidcProvider {
  const arn = call.params.OpenIDConnectProviderArn;
  refuseViolations(checkRequired('openIDConnectProviderArn', arn, constraints.arn));
  const pattern = new RegExp(`^arn:${call.world.partition}:iam::(\\d{12}):oidc-provider/\\S+$`);
  const owner = pattern.exec(arn ?? '')?.[1];
  if (owner === undefined) throw new AwsFault(400, 'InvalidInput', `Invalid ARN: ${arn}`);
  const provider = visibleProvider(call, arn ?? '');
  if (provider !== undefined) return provider;
  throw noSuchEntity(
    purpose === 'read'
      ? `OpenIDConnect Provider not found for arn ${arn}`
      : `OpenId connect Provider ${arn} cannot be found.`,
  );
}

function checkProviderUrl(url: string): string {
  const wrong = 'Invalid Open ID Connect Provider URL';
  if (!/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(url)) throw new AwsFault(400, 'ValidationError', wrong);
  if (!url.startsWith('https://')) {
    throw new AwsFault(400, 'InvalidInput', `${wrong}. The URL must begin with https://.`);
  }
  const host = '(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\\.)+[A-Za-z0-9-]*[A-Za-z][A-Za-z0-9-]*';
  if (!new RegExp(`^https://${host}(?:/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?$`).test(url)) {
    throw new AwsFault(400, 'InvalidInput', `${wrong}.`);
  }
  return url;
}

function checkThumbprintCount(thumbprints: readonly string[]): void {
  if (thumbprints.length === 0) {
    throw new AwsFault(400, 'InvalidInput', 'Thumbprint list must contain at least one entry.');
  }
  if (thumbprints.length > 5) {
    throw new AwsFault(400, 'InvalidInput', 'Thumbprint list must contain fewer than 5 entries.');
  }
}

function checkClientIdQuota(count: number, { world }: IamCall): void {
  const limit = world.quotas.clientIdsPerProvider;
  if (count > limit) throw quotaExceeded('ClientIdsPerOpenIdConnectProvider', limit);
}

function refuseNewProvider(arn: string, url: string, { account, world }: IamCall): void {
  if (account.oidcProviders.has(arn)) {
    throw new AwsFault(409, 'EntityAlreadyExists', `Provider with url ${url} already exists.`);
  }
  const limit = world.quotas.oidcProviders;
  if (account.oidcProviders.size >= limit) {
    throw quotaExceeded('OpenIdConnectProvidersPerAccount', limit);
  }
}

async function fetchThumbprint(world: World, url: string): Promise<string> {
  const documents = await fetchIssuerDocuments(world, url);
  if ('problem' in documents) {
    throw new AwsFault(
      400,
      'OpenIdIdpCommunicationError',
      `Please check .well-known/openid-configuration of provider: ${url} is valid.`,
    );
  }
  return thumbprintOfHost(documents.jwksHost);
}
