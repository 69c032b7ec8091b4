// The steps of STS's decision on a token, and the outcome of each of them.

import type { StsAnswer } from './answers.ts';

/** The steps, in STS's order. AWS does not publish where the times stand among them. */
export const stsSteps = [
  'format',
  'algorithm',
  'issuer',
  'audience',
  'documents',
  'key',
  'signature',
  'times',
  'trust',
] as const;

export type StsStep = (typeof stsSteps)[number];

/** The outcome of a step: `caution` passes, and `unknown` lacks facts that `detail` names. */
export type StepResult = {
  readonly step: StsStep;
  readonly outcome: 'pass' | 'caution' | 'fail' | 'unknown';
  readonly detail: string;
  /** What STS answers where this step fails first. */
  readonly answer: StsAnswer | null;
};

/** Why a step fails, and what STS answers to it. */
export type Refusal = { readonly detail: string; readonly answer: StsAnswer };

/** STS goes on to the next step. */
export function pass(step: StsStep, detail: string): StepResult {
  return { step, outcome: 'pass', detail, answer: null };
}

/** STS goes on, and a person should look. */
export function caution(step: StsStep, detail: string): StepResult {
  return { step, outcome: 'caution', detail, answer: null };
}

/** STS refuses the token here. */
export function fail(step: StsStep, { detail, answer }: Refusal): StepResult {
  return { step, outcome: 'fail', detail, answer };
}

/** Facts are missing. */
export function unknown(step: StsStep, detail: string): StepResult {
  return { step, outcome: 'unknown', detail, answer: null };
}

/** At most five texts, each in quotes. */
export function quoted(list: readonly string[]): string {
  const shown = list.slice(0, 5).map((item) => `"${item.slice(0, 255)}"`);
  return shown.join(', ') + (list.length > 5 ? `, and ${list.length - 5} more` : '');
}
