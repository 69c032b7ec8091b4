// The steps of a rotation on each platform, as people read them, in each phase.

import { execFileSync } from 'node:child_process';
import { describe, expect, it, test } from 'vitest';
import { kopsNextKey } from '../../../src/core/cluster/kops-ways.ts';
import { platforms, type Platform } from '../../../src/core/cluster/platform.ts';
import { rotationFiles } from '../../../src/core/rotation/cluster-phase.ts';
import { rotationSteps } from '../../../src/core/rotation/cluster-steps.ts';
import {
  defaultDurations,
  type ManagedKey,
  type Phase,
  type RotationState,
  type Step,
} from '../../../src/core/rotation/state.ts';

const at = '2026-11-26T00:00:00Z';

function stateOf(platform: Platform, phase: Phase, last: Step, external = false): RotationState {
  const key = (keyId: string, role: ManagedKey['role']): ManagedKey => ({
    keyId,
    role,
    publicKey: `-----BEGIN PUBLIC KEY-----\n${keyId}\n-----END PUBLIC KEY-----\n`,
    since: at,
    sinceAsNext: null,
    external,
    promotedBefore: true,
  });
  const keys: readonly ManagedKey[] = {
    steady: [key('new', 'current')],
    staged: [key('old', 'current'), key('new', 'next')],
    promoted: [key('new', 'current'), key('old', 'retiring')],
  }[phase];
  const retired = last === 'retire' ? [{ ...key('old', 'retiring'), retiredAt: at }] : [];
  return {
    schemaVersion: 1,
    name: 'c',
    issuer: 'https://d1.cloudfront.net',
    platform,
    phase,
    phaseSince: at,
    durations: defaultDurations,
    apiServers: 3,
    keys,
    verifiers: [...keys.map((one) => ({ ...one, retiredAt: null })), ...retired],
    removed: [],
    evidence: [],
    emergency: null,
    shownPrivateAt: null,
    history: [{ at, step: last, callerArn: '', keyIds: [], note: '' }],
  };
}

const moments = [
  ['staged', 'stage'],
  ['promoted', 'promote'],
  ['steady', 'retire'],
  ['staged', 'rollback'],
  ['steady', 'rollback'],
  ['steady', 'emergency'],
] as const;

/** Words that only one platform has. */
const words: { readonly [platform in Platform]?: RegExp } = {
  kubeadm: /kubeadm|crictl/,
  k3s: /k3s/,
  rke2: /rke2/,
  talos: /talos/,
  kops: /kops /,
  openshift: /\boc |machine-config/,
};

describe.each(platforms)('%s', (platform) => {
  it.each(moments)('%s, after %s', (phase, last) => {
    const state = stateOf(platform, phase, last);
    const steps = rotationSteps(state);
    expect(steps).toMatchSnapshot();
    const all = steps.join('\n');
    for (const [other, word] of Object.entries(words)) {
      // On kubernetes one line names the platforms that have more.
      if (other !== platform && platform !== 'kubernetes') expect(all).not.toMatch(word);
    }
    const paths = rotationFiles(state).map(({ path }) => path);
    for (const named of all.match(/cluster\/[a-z0-9-]+\.yaml/g) ?? [])
      expect(paths).toContain(named);
    // A command is whole: its backticks come in pairs.
    for (const step of steps) expect(step.split('`').length % 2).toBe(1);
  });

  it('has API servers accept the next key before one signs, and the controller manager last', () => {
    const steps = rotationSteps(stateOf(platform, 'promoted', 'promote'));
    const first = (word: RegExp): number => steps.findIndex((step) => word.test(step));
    if (platform === 'openshift' || platform === 'kops') return;
    expect(first(/verifiers, if not done/)).toBe(0);
    expect(first(/serviceaccount-signer\.private/)).toBeGreaterThan(0);
    expect(first(/kube-controller-manager/)).toBeGreaterThanOrEqual(
      first(/serviceaccount-signer\.private/),
    );
    expect(first(/rotate-keys retire --token-file/)).toBe(steps.length - 1);
  });

  it('names no file of a private key that is not here', () => {
    for (const [phase, last] of moments) {
      const all = rotationSteps(stateOf(platform, phase, last, true)).join('\n');
      expect(all).not.toMatch(/serviceaccount-signer[\w.]*\.private/);
      expect(all.includes('<private-key>')).toBe(
        all.includes('from where it was made') && /<private-key> is/.test(all),
      );
    }
  });
});

test('the command that picks the next key of kops takes key IDs as text, whatever they hold', () => {
  const [command] = /jq .* > next-key\.json/.exec(kopsNextKey(["a'; touch pwned; '", 'b'])) ?? [''];
  // The words as the shell splits them.
  const words = execFileSync('sh', [
    '-c',
    `printf '%s\\n' ${command.replace(' > next-key.json', '')}`,
  ]);
  expect(words.toString().trimEnd().split('\n')).toEqual([
    'jq',
    `{keys: [.keys[] | select(.kid | IN("a'; touch pwned; '", "b") | not)]}`,
  ]);
});
