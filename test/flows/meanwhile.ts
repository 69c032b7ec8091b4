// Changes AWS between the arrival of a call and its answer.

import type { LocalAws } from '../local-aws/server.ts';

/** Runs `act` when the next call of that operation arrives, before it is answered. */
export function meanwhile(aws: LocalAws, operation: string, act: () => void): void {
  const { calls } = aws;
  const push = calls.push.bind(calls);
  calls.push = (...added) => {
    if (added.some((call) => call.operation === operation)) {
      calls.push = push;
      act();
    }
    return push(...added);
  };
}

/** Drops the connection of the next call of that operation after the call was applied. */
export function dropAnswerOf(aws: LocalAws, operation: string): void {
  meanwhile(aws, operation, () => aws.failCall(1, 'after', 'drop'));
}
