// Steps of a rotation that are the same on every platform.

import { currentKey, type ManagedKey, type RotationState } from './state.ts';

/** How the key that was rolled back leaves the key set. */
export function unpublishStep(state: RotationState, next: ManagedKey): string {
  return `"${next.keyId}" stays published: to unpublish it, give a fresh token of each API server signed by "${currentKey(state).keyId}", issued after ${state.phaseSince}, with \`oidc-bootstrap rotate-keys rollback --token-file <file>\``;
}

/** What follows an emergency on every platform. */
export function afterEmergency(state: RotationState): readonly string[] {
  const proven = typeof state.emergency?.cutProvenAt === 'string';
  return [
    'restart every pod: every token of the old key is refused from now on; recreate legacy token Secrets',
    ...(proven
      ? []
      : [
          'the cut is not proven: STS may accept the old key until it fetches the key set again; to stop it at once, delete the IAM OIDC provider (`aws iam delete-open-id-connect-provider --open-id-connect-provider-arn <arn>`; `oidc-bootstrap list -o json` shows the ARN) and create it again later with create-identity-provider',
        ]),
  ];
}
