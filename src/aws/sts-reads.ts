// Who calls, and whether STS takes a web-identity token. The token is sent and forgotten; the
// credentials that STS gives for it are dropped.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html

import { isAwsError, type AwsError } from '../core/errors.ts';
import type { Attempt } from './attempt.ts';
import type { StsService } from './sdk-clients.ts';
import type { StsReads } from './ports.ts';
import { unreadableAnswer } from './unreadable-answer.ts';

/** STS checked the token and refused it; other failures prove nothing about the token. */
const refusals = [
  'InvalidIdentityToken',
  'ExpiredToken',
  'IDPRejectedClaim',
  'IDPCommunicationError',
  'AccessDenied',
];

/** STS reads over clients that are opened at the first of them in each region. */
export function stsReads(options: {
  readonly attempt: Attempt;
  readonly open: (region: string) => Promise<StsService>;
  readonly region: string;
}): StsReads {
  return {
    getCaller: async () => {
      const { region } = options;
      const call = { operation: 'sts:GetCallerIdentity', input: {}, region };
      const answer = await options.attempt(call, async () => {
        const { client, sdk } = await options.open(region);
        return client.send(new sdk.GetCallerIdentityCommand({}));
      });
      const arn = answer.Arn ?? '';
      const [, partition, , , account] = arn.split(':');
      if (partition === undefined || !/^\d{12}$/.test(answer.Account ?? account ?? '')) {
        throw unreadableAnswer(call.operation, `an account: "${arn.slice(0, 200)}"`);
      }
      return { account: answer.Account ?? account ?? '', arn, partition };
    },

    tryWebIdentity: async ({ region, roleArn, token }) => {
      const operation = 'sts:AssumeRoleWithWebIdentity';
      try {
        // The token is not part of `input`: nothing that reports an error gets to see it.
        await options.attempt({ operation, input: { Resource: roleArn }, region }, async () => {
          const { client, sdk } = await options.open(region);
          return client.send(
            new sdk.AssumeRoleWithWebIdentityCommand({
              RoleArn: roleArn,
              RoleSessionName: 'oidc-bootstrap-probe',
              WebIdentityToken: token,
              DurationSeconds: 900,
            }),
          );
        });
        return { accepted: true };
      } catch (error) {
        if (!isAwsError(error, ...refusals) || error.status === undefined) throw error;
        return { accepted: false, awsCode: error.awsCode, message: awsWords(error) };
      }
    },
  };
}

/** AWS's own sentence: what stands between the parentheses that `failures.ts` puts around it. */
function awsWords(error: AwsError): string {
  return /\(\w+: (.*)\)$/.exec(error.message)?.[1] ?? error.message;
}
