// What IAM of the local AWS remembers: per account the OIDC providers, roles and managed policies.
// Plain mutable data, so that tests can look at it, prepare it and damage it by hand.

/** Tags in the order in which they were set. */
export type IamTag = { key: string; value: string };

export type IamOidcProvider = {
  arn: string;
  /** With `https://`, byte for byte as it was given. */
  url: string;
  clientIds: string[];
  /** Lower-case hex. */
  thumbprints: string[];
  tags: IamTag[];
  createdAt: Date;
};

export type IamRole = {
  name: string;
  id: string;
  arn: string;
  path: string;
  description: string | undefined;
  /** Seconds. */
  maxSessionDuration: number;
  permissionsBoundary: string | undefined;
  /** The document as it was sent. */
  trustPolicy: string;
  /** Inline documents by policy name, as they were sent. */
  inlinePolicies: Map<string, string>;
  /** ARNs. */
  attachedPolicies: string[];
  instanceProfiles: string[];
  tags: IamTag[];
  createdAt: Date;
};

export type IamManagedPolicy = {
  arn: string;
  name: string;
  id: string;
  path: string;
  document: string;
  createdAt: Date;
};

export type IamAccount = {
  /** By ARN. */
  oidcProviders: Map<string, IamOidcProvider>;
  /** By name, with the case in which it was created. */
  roles: Map<string, IamRole>;
  /** By ARN. */
  policies: Map<string, IamManagedPolicy>;
};

export type IamState = {
  /** By twelve-digit account id. */
  accounts: Map<string, IamAccount>;
  /** Lists have fewer items on a page than MaxItems asks for, on the first one none. */
  shortPages: boolean;
};

/** IAM of a fresh AWS. */
export function newIamState(): IamState {
  return { accounts: new Map(), shortPages: false };
}

/** The account's own part of the state, made empty at first use. */
export function iamAccount(state: IamState, account: string): IamAccount {
  const known = state.accounts.get(account);
  if (known !== undefined) return known;
  const fresh: IamAccount = { oidcProviders: new Map(), roles: new Map(), policies: new Map() };
  state.accounts.set(account, fresh);
  return fresh;
}

/** The state without ids and times, in an order of its own, for equality between two runs. */
export function snapshotIam(state: IamState): unknown {
  return sortedBy([...state.accounts], ([account]) => account).map(([account, content]) => ({
    account,
    oidcProviders: sortedBy([...content.oidcProviders.values()], ({ arn }) => arn).map(
      (provider) => ({
        arn: provider.arn,
        url: provider.url,
        clientIds: provider.clientIds.toSorted(),
        thumbprints: provider.thumbprints.toSorted(),
        tags: tagSnapshot(provider.tags),
      }),
    ),
    roles: sortedBy([...content.roles.values()], ({ arn }) => arn).map((role) => ({
      arn: role.arn,
      description: role.description,
      maxSessionDuration: role.maxSessionDuration,
      permissionsBoundary: role.permissionsBoundary,
      trustPolicy: JSON.parse(role.trustPolicy) as unknown,
      inlinePolicies: sortedBy([...role.inlinePolicies], ([name]) => name).map(
        ([name, document]) => ({ name, document: JSON.parse(document) as unknown }),
      ),
      attachedPolicies: role.attachedPolicies.toSorted(),
      instanceProfiles: role.instanceProfiles.toSorted(),
      tags: tagSnapshot(role.tags),
    })),
    policies: sortedBy([...content.policies.values()], ({ arn }) => arn).map((policy) => ({
      arn: policy.arn,
      document: JSON.parse(policy.document) as unknown,
    })),
  }));
}

function tagSnapshot(tags: readonly IamTag[]): { readonly [key: string]: string } {
  return Object.fromEntries(
    sortedBy(tags, ({ key }) => key).map(({ key, value }) => [key, value] as const),
  );
}

function sortedBy<T>(items: readonly T[], key: (item: T) => string): T[] {
  return items.toSorted((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}
