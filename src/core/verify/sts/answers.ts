// What STS answers to a web-identity token that it refuses. Texts are AWS's own where they are known;
// null where AWS publishes none. None of them tells which of several causes it was.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html

/** The wire code and the text of a refusal. */
export type StsAnswer = { readonly code: string; readonly message: string | null };

/** InvalidIdentityToken, with AWS's text where that is known. */
export function invalidToken(message: string | null): StsAnswer {
  return { code: 'InvalidIdentityToken', message };
}

export const notAJwtAnswer = invalidToken(
  'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)',
);

export const wrongAudienceAnswer = invalidToken('Incorrect token audience');

export const noKeyAnswer = invalidToken(
  "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity documentation for requirements",
);

export const unreachableAnswer: StsAnswer = { code: 'IDPCommunicationError', message: null };

export const expiredAnswer: StsAnswer = { code: 'ExpiredTokenException', message: null };

export const sizeAnswer: StsAnswer = { code: 'ValidationError', message: null };

export const notTrustedAnswer: StsAnswer = {
  code: 'AccessDenied',
  message: 'Not authorized to perform sts:AssumeRoleWithWebIdentity',
};

/** The refusal where the account of the role has no provider for the issuer. */
export function noProviderAnswer(issuer: string): StsAnswer {
  return invalidToken(`No OpenIDConnect provider found in your account for ${issuer}`);
}
