// Advice for quotas, by AWS's wording: which of them AWS raises on request, and what helps where it
// does not. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html

const advice: readonly (readonly [RegExp, string])[] = [
  [
    /RolesPerAccount/,
    'ask for more roles under Service Quotas (iam, L-FE177D64), or delete unused ones',
  ],
  [
    /OpenIdConnectProvidersPerAccount/,
    'ask for more OIDC providers under Service Quotas (iam, L-858F3967), or delete unused ones',
  ],
  [
    /ACLSizePerRole/,
    'ask for longer trust policies under Service Quotas (iam, L-C07B4B0D, up to 8,192), or name fewer service accounts in the request',
  ],
  [
    /Maximum policy size/,
    'this quota cannot be raised: the inline policies of a role share 10,240 characters; shorten the statementEntries, or split the CredentialsRequest in two',
  ],
  [
    /ClientIdsPerOpenIdConnectProvider/,
    'this quota cannot be raised: remove audiences that are no longer used with --remove-audience',
  ],
  [
    /PoliciesPerRole/,
    'ask for more managed policies per role under Service Quotas (iam), or detach some',
  ],
  [
    /number of tags/,
    'this quota cannot be raised: a resource has at most 50 tags; give fewer --tag',
  ],
];

/** What to do about a reached quota. */
export function quotaHint(text: string): string {
  const known = advice.find(([pattern]) => pattern.test(text))?.[1];
  return known ?? 'ask AWS for more under Service Quotas, or delete what is no longer used';
}
