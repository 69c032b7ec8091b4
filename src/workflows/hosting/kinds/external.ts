// An issuer whose documents somebody else serves: own web server, API server, another account. They are
// checked as STS reads them, before any write; nothing of hosting is made, and nothing published.

import { providerArn } from '../../../core/issuer/discovery.ts';
import type { Target } from '../../../core/target.ts';
import type { Context } from '../../context.ts';
import { readServedDocuments } from '../../issuer/read-served-documents.ts';
import { findOidcProvider } from '../../provider/ensure-oidc-provider.ts';
import { refuseOtherProviders } from '../refuse-other-issuer.ts';
import type { FoundDocuments, HostingKind, HostingWish, Site, SitePlan } from '../site.ts';

/** Documents that are served at the issuer's URL already. */
export function externalKind(issuer: string): HostingKind {
  return {
    findIssuer: async (context) => {
      await readServedDocuments(context, issuer);
      return issuer;
    },
    check: (context, target, wish) => check(context, { target, wish, issuer }),
    // Its documents are not ours, and they may be unreachable by now.
    findRemains: async () => ({
      issuers: [issuer],
      owned: [],
      blocked: [],
      kept: [],
      rotation: undefined,
      remove: async () => {},
    }),
    open: async () => undefined,
  };
}

async function check(
  context: Context,
  input: { readonly target: Target; readonly wish: HostingWish; readonly issuer: string },
): Promise<SitePlan> {
  const { target, wish, issuer } = input;
  const { jwksUri, keys } = await readServedDocuments(context, issuer);
  const { name, account, partition } = target;
  const arn = providerArn({ issuer, account, partition: partition.id });
  const provider = await findOidcProvider(context, { name, arn });
  if (provider === undefined) {
    const recorded = wish.folder.issuer;
    await refuseOtherProviders(context, target, { issuer, bucketGone: false, recorded });
  }
  const found: FoundDocuments = {
    discovery: undefined,
    jwks: undefined,
    jwksMirror: undefined,
    publishedKeys: keys,
    removedKeys: [],
    managedKeyIds: [],
  };
  const site: Site = {
    target,
    issuer,
    jwksUri,
    store: undefined,
    state: undefined,
    found,
    serve: async () => {},
    described: {
      hosting: 'external',
      bucket: null,
      distribution: null,
      originAccessControlId: null,
      domain: null,
      certificateArn: null,
      prefix: null,
    },
  };
  return {
    target,
    issuer,
    provider,
    opens: undefined,
    publishes: false,
    found,
    ensure: async (_, { claim }) => {
      claim(issuer);
      return site;
    },
  };
}
