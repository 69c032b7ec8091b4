// The local AWS as a process of its own, so that it does not share an event loop with what is measured.
// Started with its options as JSON; says where it listens, and after each line on stdin what was called.

import { fillAccount, raisedQuotas } from '../local-aws/fill-account.ts';
import { startLocalAws } from '../local-aws/server.ts';
import { throttlingCodes } from '../local-aws/throttling.ts';
import type { BenchAwsOptions, Calls } from './aws-process.ts';

const { isLarge, ...options } = JSON.parse(process.argv[2] ?? '{}') as BenchAwsOptions;
const aws = await startLocalAws({
  ...options,
  ...(isLarge === true ? { quotas: raisedQuotas } : {}),
});
if (isLarge === true) fillAccount(aws.world);
// How long CloudFront takes to know of its own changes is not what is measured.
Object.assign(aws.state.cloudfront, { disabledLagMs: 0, releaseLagMs: 0 });
const say = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`);

process.stdin.on('data', () => {
  const isThrottled = ({ awsCode }: { awsCode?: string }): boolean =>
    throttlingCodes.includes(awsCode ?? '');
  const answered: { [service: string]: number } = {};
  for (const call of aws.calls) {
    if (!isThrottled(call)) answered[call.service] = (answered[call.service] ?? 0) + 1;
  }
  const calls: Calls = {
    calls: aws.calls.length,
    throttled: aws.calls.filter(isThrottled).length,
    answered,
  };
  say(calls);
  aws.calls.length = 0;
});
process.stdin.on('end', () => void aws.close());
say({ endpoint: aws.endpoint, edgeUrl: aws.edgeUrl, credentials: aws.credentials });
