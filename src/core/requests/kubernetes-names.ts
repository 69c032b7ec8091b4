// Grammar of the Kubernetes names that are used in trust policies and file names.
// https://kubernetes.io/docs/concepts/overview/working-with-objects/names/

const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const labelPattern = new RegExp(`^${label}$`);
const subdomainPattern = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;

/** What is wrong with a namespace (an RFC 1123 label), or undefined. */
export function namespaceProblem(text: string): string | undefined {
  return labelPattern.test(text)
    ? undefined
    : 'must be 1 to 63 of a-z, 0-9 and "-", beginning and ending with a letter or digit';
}

/** What is wrong with the name of a Secret or ServiceAccount (an RFC 1123 subdomain), or undefined. */
export function objectNameProblem(text: string): string | undefined {
  return text.length <= 253 && subdomainPattern.test(text)
    ? undefined
    : 'must be 1 to 253 of a-z, 0-9, "-" and ".", each part beginning and ending with a letter or digit';
}

/** Longest subject that STS is known to take (`SubjectFromWebIdentityToken`). */
export const maxSubjectLength = 255;

/** The `sub` claim of a service account's tokens. */
export function serviceAccountSubject(namespace: string, serviceAccount: string): string {
  return `system:serviceaccount:${namespace}:${serviceAccount}`;
}
