// The steps for the cluster name only existing files, and keep the settings of the API server.

import { expect, it } from 'vitest';
import { issuerSteps } from '../../../src/core/issuer/issuer-steps.ts';

const issuer = 'https://d1.cloudfront.net';
const steps = (signerAtHand: boolean): readonly string[] =>
  issuerSteps({ issuer, jwksUri: `${issuer}/keys.json`, signerAtHand });

it('the cluster steps name the files of the folder only if its key signs', () => {
  expect(steps(true).join('\n')).toContain('serviceaccount-signer.private');
  expect(steps(false).join('\n')).not.toContain('serviceaccount-signer');
  expect(steps(false).join('\n')).toContain('keep its signing key');
});

it.each([true, false])('the steps keep the API server’s audiences (own key: %s)', (atHand) => {
  const [move] = steps(atHand).filter((step) => step.includes('--api-audiences='));
  expect(move).toContain('--api-audiences=<the audiences it has>,<this issuer>');
  expect(move).toMatch(/on k3s also k3s, on RKE2 also rke2/);
});
