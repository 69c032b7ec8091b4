// An answer without the thing that was asked for. AWS says so with an error: an empty success comes from
// something else, and must not be taken for "there is none".

import { AwsError } from '../core/errors.ts';

/** AWS_REQUEST_FAILED (`UnreadableAnswer`); `lacks` is what the answer is without, such as `a role`. */
export function unreadableAnswer(operation: string, lacks: string): AwsError {
  return new AwsError({
    code: 'AWS_REQUEST_FAILED',
    awsCode: 'UnreadableAnswer',
    operation,
    message: `${operation} answered without ${lacks}`,
    hint: 'check --endpoint-url: this does not look like AWS',
  });
}
