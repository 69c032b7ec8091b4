import { describe, expect, it } from 'vitest';
import { audienceSlips } from '../../../src/core/issuer/audience-slips.ts';

describe('an audience that is probably a typing error', () => {
  it.each([
    ['"sts.amazonaws.com"', /includes its quotes.*tokens for sts\.amazonaws\.com do not match/],
    ["'openshift", /includes its quotes/],
    ['STS.amazonaws.com', /"STS\.amazonaws\.com" is not "sts\.amazonaws\.com"/],
    ['OpenShift', /is not "openshift"/],
  ])('gives a warning: %s', (audience, warning) => {
    expect(audienceSlips(['sts.amazonaws.com', audience])).toEqual([
      expect.stringMatching(warning),
    ]);
  });

  it('is not one with a usual spelling or an unrelated name', () => {
    expect(audienceSlips(['sts.amazonaws.com', 'aws-iam', 'https://Own.example.com'])).toEqual([]);
  });
});
