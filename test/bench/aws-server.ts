// The local AWS as a process of its own, so that it does not share an event loop with what is measured.
// Started with its options as JSON; says where it listens, and after each line on stdin what was called.

import { startLocalAws, type LocalAwsOptions } from '../local-aws/server.ts';

const aws = await startLocalAws(JSON.parse(process.argv[2] ?? '{}') as LocalAwsOptions);
const say = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`);

process.stdin.on('data', () => {
  const throttled = aws.calls.filter(({ awsCode }) => awsCode === 'Throttling').length;
  say({ calls: aws.calls.length, throttled });
  aws.calls.length = 0;
});
process.stdin.on('end', () => void aws.close());
say({ endpoint: aws.endpoint, edgeUrl: aws.edgeUrl, credentials: aws.credentials });
