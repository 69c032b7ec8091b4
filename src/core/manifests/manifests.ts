// The manifests of a role: the Secret that operators read, equivalent to ccoctl's, and for other
// clusters the ServiceAccount with the annotation that the pod identity webhook reads.
// https://github.com/aws/amazon-eks-pod-identity-webhook

import credentialsTemplate from '../../../templates/manifests/credentials.json' with { type: 'json' };
import secretTemplate from '../../../templates/manifests/secret.json' with { type: 'json' };
import serviceAccountTemplate from '../../../templates/manifests/service-account.json' with { type: 'json' };
import type { CredentialsRequest } from '../requests/credentials-request.ts';
import { writeIni } from './ini.ts';
import type { ManifestPaths } from './manifest-paths.ts';
import type { JsonObject } from '../json.ts';
import { fillTemplate } from '../template.ts';

/** A file for the output folder. */
export type Manifest = {
  /** Relative to the output folder. */
  readonly path: string;
  readonly text: string;
  readonly mode: number;
};

/** The Secret by which the pods of a request assume its role. */
export function renderSecret(request: CredentialsRequest, roleArn: string): JsonObject {
  const credentials = fillTemplate(credentialsTemplate, { roleArn, tokenPath: request.tokenPath });
  return fillTemplate(secretTemplate, {
    credentials: writeIni(credentials),
    name: request.secret.name,
    namespace: request.secret.namespace,
  });
}

/** A ServiceAccount whose pods the webhook gives the role. */
export function renderServiceAccount(account: {
  readonly namespace: string;
  readonly name: string;
  readonly roleArn: string;
  /** The audience of the pods' tokens. */
  readonly audience: string;
}): JsonObject {
  return fillTemplate(serviceAccountTemplate, account);
}

/**
 * The audience that pods should ask for: the one that AWS SDKs expect where the provider has it, else
 * its first. Without it the webhook asks for sts.amazonaws.com, which another provider refuses.
 */
export function tokenAudience(audiences: readonly string[]): string {
  const usual = 'sts.amazonaws.com';
  return audiences.includes(usual) ? usual : (audiences[0] ?? usual);
}

/** The warning for a request whose operator runs only in clusters with certain feature gates. */
export function featureGateWarning(request: CredentialsRequest, paths: ManifestPaths): string {
  const gates = request.featureGates.map((gate) => `"${gate}"`).join(', ');
  const path = paths({ folder: 'manifests', ...request.secret });
  const noun = request.featureGates.length === 1 ? 'feature gate' : 'feature gates';
  const verb = request.featureGates.length === 1 ? 'is' : 'are';
  return `delete ${path} unless ${noun} ${gates} ${verb} enabled`;
}
