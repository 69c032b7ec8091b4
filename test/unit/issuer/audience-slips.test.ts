import { describe, expect, it } from 'vitest';
import { audienceSlips } from '../../../src/core/issuer/audience-slips.ts';

describe('an audience that is most likely a slip', () => {
  it.each([
    ['"sts.amazonaws.com"', /includes its quotes.*tokens for sts\.amazonaws\.com do not match/],
    ["'openshift", /includes its quotes/],
    ['STS.amazonaws.com', /"STS\.amazonaws\.com" is not "sts\.amazonaws\.com"/],
    ['OpenShift', /is not "openshift"/],
  ])('is warned of: %s', (audience, warning) => {
    expect(audienceSlips(['sts.amazonaws.com', audience])).toEqual([
      expect.stringMatching(warning),
    ]);
  });

  it('is none that is spelled as usual, or that is a name of its own', () => {
    expect(audienceSlips(['sts.amazonaws.com', 'aws-iam', 'https://Own.example.com'])).toEqual([]);
  });
});
