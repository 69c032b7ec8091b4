// The text of an identity provider: what exists, and what to do next on the cluster.

import type { IdentityProviderResult } from '../../core/result.ts';
import { heading, labelled, stepList, type Page } from './page.ts';

/** Issuer, provider and hosting, a line each. */
export function describeProvider(result: IdentityProviderResult, page: Page): readonly string[] {
  const line = (label: string, value: string | null): string =>
    labelled(page, label, value ?? 'known after the real run');
  const { distribution } = result;
  // A plan of the provider has no ARN yet, but audiences.
  const isHostingOnly = result.identityProviderArn === null && result.audiences.length === 0;
  const hosting = [
    result.hosting,
    ...(result.bucket === null ? [] : [`bucket ${result.bucket}`]),
    ...(result.prefix === null ? [] : [`prefix ${result.prefix}/`]),
    ...(distribution?.id === undefined || distribution.id === null
      ? []
      : [`distribution ${distribution.id}`]),
  ].join(', ');
  return [
    line('issuer', result.issuer),
    line('JWKS', result.jwksUri),
    ...(isHostingOnly
      ? []
      : [
          line('key IDs', result.keyIds.join(', ')),
          line('identity provider', result.identityProviderArn),
          line('audiences', result.audiences.join(', ')),
        ]),
    line('hosting', hosting),
    ...(result.certificateArn === null ? [] : [line('certificate', result.certificateArn)]),
  ];
}

/** What to do next on the cluster; a run that changed nothing only says how to see it again. */
export function nextSteps(steps: readonly string[], page: Page): readonly string[] {
  if (steps.length === 0) return [];
  if (!page.changed && !page.verbose && page.stepsAreNew !== true) {
    return ['', 'The steps on the cluster are as before (--verbose shows them).'];
  }
  return ['', heading(page, 'Next, on the cluster'), ...stepList(page, steps)];
}
