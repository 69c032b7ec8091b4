// ARNs of IAM: read where the user gives one, built where AWS's rules fix them.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html

/** What the ARN of an OIDC provider tells. */
export type IdentityProviderName = {
  readonly partition: string;
  /** Twelve digits. */
  readonly account: string;
  /** With `https://`. */
  readonly issuer: string;
};

const providerArnPattern =
  /^arn:(aws[a-z-]*):iam::(\d{12}):oidc-provider\/([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?:\/[\w.~-]+)*)$/;

/** Reads `arn:<partition>:iam::<account>:oidc-provider/<host>[/<path>]`; undefined where it is not one. */
export function parseIdentityProviderArn(arn: string): IdentityProviderName | undefined {
  const [, partition, account, host] = providerArnPattern.exec(arn) ?? [];
  if (partition === undefined || account === undefined || host === undefined) return undefined;
  return { partition, account, issuer: `https://${host}` };
}

/** Host and path of the issuer, as condition keys begin: what follows `oidc-provider/` in the ARN. */
export function issuerHostOf(providerArn: string): string {
  return providerArn.slice(providerArn.indexOf(':oidc-provider/') + ':oidc-provider/'.length);
}

/** ARN of a role; `path` is `/` or `/team/`. */
export function roleArn(role: {
  readonly partition: string;
  readonly account: string;
  readonly path: string;
  readonly name: string;
}): string {
  return `arn:${role.partition}:iam::${role.account}:role${role.path}${role.name}`;
}
