// The manifest that tells an OpenShift cluster its issuer, as ccoctl writes it.

import template from '../../../templates/manifests/authentication.json' with { type: 'json' };
import type { Manifest } from './manifests.ts';
import { fillTemplate } from '../template.ts';
import { writeYaml } from './yaml-writer.ts';

/** `Authentication/cluster` with the issuer; a placeholder in a dry run. */
export function renderAuthenticationManifest(issuer: string): Manifest {
  return {
    path: 'manifests/cluster-authentication-02-config.yaml',
    text: writeYaml(fillTemplate(template, { issuer })),
    mode: 0o644,
  };
}
