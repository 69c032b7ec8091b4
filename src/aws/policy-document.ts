// Policies as IAM and S3 return them. IAM's are URL-encoded JSON and the SDK leaves them so;
// S3's are plain JSON.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html

import { AwsError } from '../core/errors.ts';
import { isJsonObject, readJson, type JsonObject } from '../core/json.ts';

/** The parsed policy. What is no JSON object: AwsError, AWS_REQUEST_FAILED (`UnreadablePolicy`). */
export function decodePolicy(
  text: string,
  from: { readonly operation: string; readonly of: string },
): JsonObject {
  try {
    const parsed = readJson(text.startsWith('{') ? text : decodeURIComponent(text));
    if (isJsonObject(parsed)) return parsed;
  } catch {
    // Reported below, without the text: it may be long and says little.
  }
  throw new AwsError({
    code: 'AWS_REQUEST_FAILED',
    awsCode: 'UnreadablePolicy',
    operation: from.operation,
    message: `the policy of "${from.of}" that ${from.operation} returned is not a JSON object, or is nested too deeply`,
    hint: 'correct or remove the policy in the AWS console, then run again',
    details: { operation: from.operation, resource: from.of },
  });
}
