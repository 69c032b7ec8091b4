// The manifests of a role: the Secret that operators read, equal in meaning to ccoctl's, and for
// other clusters the ServiceAccount whose annotation the pod identity webhook reads.
// https://github.com/aws/amazon-eks-pod-identity-webhook

import credentialsTemplate from '../../../templates/manifests/credentials.json' with { type: 'json' };
import secretTemplate from '../../../templates/manifests/secret.json' with { type: 'json' };
import serviceAccountTemplate from '../../../templates/manifests/service-account.json' with { type: 'json' };
import type { CredentialsRequest } from '../requests/credentials-request.ts';
import { writeIni } from './ini.ts';
import type { JsonObject } from '../json.ts';
import { fillTemplate } from '../template.ts';

/** A file for the output folder. */
export type Manifest = {
  /** Relative to the output folder. */
  readonly path: string;
  readonly text: string;
  readonly mode: number;
};

/** Where the Secret of a request goes; installers take the folder whole. */
export function secretManifestPath(secret: { namespace: string; name: string }): string {
  return `manifests/${secret.namespace}-${secret.name}-credentials.yaml`;
}

/** Where a ServiceAccount goes: outside of what installers take. */
export function serviceAccountManifestPath(namespace: string, serviceAccount: string): string {
  return `serviceaccounts/${namespace}-${serviceAccount}.yaml`;
}

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
}): JsonObject {
  return fillTemplate(serviceAccountTemplate, account);
}

/** Said of a request whose operator runs only in clusters with certain feature gates. */
export function featureGateWarning(request: CredentialsRequest): string {
  const gates = request.featureGates.map((gate) => `"${gate}"`).join(', ');
  const path = secretManifestPath(request.secret);
  const noun = request.featureGates.length === 1 ? 'feature gate' : 'feature gates';
  const verb = request.featureGates.length === 1 ? 'is' : 'are';
  return `delete ${path} unless ${noun} ${gates} ${verb} enabled`;
}
