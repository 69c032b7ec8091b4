// Every SDK call goes through here: what it throws leaves as one of our errors.

import { isAwsError } from '../core/errors.ts';
import { profileInUse, type AwsSettings } from './sdk-clients.ts';
import { translateFailure } from './failures.ts';
import type { AwsCall } from './permissions.ts';

/** Sends a request; failures are AwsError. */
export type Attempt = <Output>(call: AwsCall, send: () => Promise<Output>) => Promise<Output>;

/** The attempt of one connection; it knows the profile that hints name. */
export function attemptWith(settings: AwsSettings): Attempt {
  const profile = profileInUse(settings);
  return async (call, send) => {
    const began = performance.now();
    const told = (outcome: 'ok' | 'failed'): void =>
      settings.onCall?.({
        operation: call.operation,
        milliseconds: Math.round(performance.now() - began),
        outcome,
      });
    try {
      const answer = await send();
      told('ok');
      return answer;
    } catch (error) {
      told('failed');
      throw translateFailure(error, call, profile);
    }
  };
}

/** The answer, or undefined where AWS says one of these codes. */
export async function unless<Output>(
  awsCodes: readonly string[],
  answer: Promise<Output>,
): Promise<Output | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isAwsError(error, ...awsCodes)) return undefined;
    throw error;
  }
}
