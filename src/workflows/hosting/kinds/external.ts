// An issuer whose documents somebody else serves: own web server, API server, another account. They are
// checked as STS reads them, before any write; nothing of hosting is made. Only a rotation publishes, where it
// is given the folder that is served.

import { providerArn } from '../../../core/issuer/discovery.ts';
import type { DocumentsFolder } from '../../../core/issuer/documents-folder.ts';
import type { Target } from '../../../core/target.ts';
import type { Context } from '../../context.ts';
import { readServedDocuments } from '../read-served-documents.ts';
import { findOidcProvider } from '../../provider/ensure-oidc-provider.ts';
import { findNameProviders } from '../../provider/find-name-providers.ts';
import { refuseOtherProviders } from '../refuse-other-issuer.ts';
import type { FoundDocuments, HostingKind, HostingWish, Site, SitePlan } from '../site.ts';
import { openFolderSite, servedElsewhere } from './external-folder.ts';

/** Documents that are served at the issuer's URL already, from that folder where it is at hand. */
export function externalKind(issuer: string, folder: DocumentsFolder | undefined): HostingKind {
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
      isShared: false,
      rotation: undefined,
      remove: async () => {},
    }),
    open: async (context, target) =>
      folder === undefined ? undefined : openFolderSite(context, target, { issuer, folder }),
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
    const recorded = wish.folder.issuer === undefined ? [] : [wish.folder.issuer];
    const providers = await findNameProviders(context, target, recorded);
    await refuseOtherProviders(context, target, { issuer, bucketGone: false, providers });
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
    described: servedElsewhere,
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
