// Runs a local AWS from a shell: prints the environment to export, then serves until interrupted.
//   npx tsx test/local-aws/main.ts --port 4599 --deploy-seconds 5
// The lines on stdout are shell: `eval "$(head -n 6 <file it was sent to>)"`.

import { parseArgs } from 'node:util';
import { homeRegions } from './credentials.ts';
import { startLocalAws } from './server.ts';

const usage = `Usage: npx tsx test/local-aws/main.ts [options]

Runs an AWS on this machine, in memory, and prints the environment to export.

  --port <number>           port on 127.0.0.1 (default: any free one)
  --deploy-seconds <number> how long CloudFront takes to deploy (default: 5)
  --partition <name>        aws, aws-cn, aws-us-gov or aws-eusc (default: aws)
  --region <name>           AWS_REGION to export (default: one of the partition)
  --help                    show this
`;

const { values } = readOptions();
if (values.help) {
  process.stdout.write(usage);
  process.exit(0);
}
const numbers = { port: Number(values.port), seconds: Number(values['deploy-seconds']) };
if (!Number.isInteger(numbers.port) || numbers.port > 65_535 || !(numbers.seconds >= 0)) {
  process.stderr.write(`error: --port and --deploy-seconds are numbers\n\n${usage}`);
  process.exit(2);
}

function readOptions() {
  try {
    return parseOptions();
  } catch (error) {
    process.stderr.write(`error: ${error instanceof Error ? error.message : ''}\n\n${usage}`);
    process.exit(2);
  }
}

function parseOptions() {
  return parseArgs({
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      port: { type: 'string', default: '0' },
      'deploy-seconds': { type: 'string', default: '5' },
      partition: { type: 'string', default: 'aws' },
      region: { type: 'string' },
    },
  });
}

const aws = await startLocalAws({
  port: numbers.port,
  deployMs: numbers.seconds * 1000,
  partition: values.partition,
});

const region = values.region ?? homeRegions[values.partition]?.region ?? 'eu-west-1';
const environment = {
  AWS_ENDPOINT_URL: aws.endpoint,
  AWS_REGION: region,
  AWS_DEFAULT_REGION: region,
  ...aws.credentials,
  OIDC_BOOTSTRAP_EDGE_URL: aws.edgeUrl,
};
for (const [name, value] of Object.entries(environment)) {
  process.stdout.write(`export ${name}='${value}'\n`);
}
process.stderr.write(`local AWS at ${aws.endpoint}; Ctrl-C ends it and all it holds\n`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void aws.close();
  });
}
