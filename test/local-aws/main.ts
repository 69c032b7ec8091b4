// Runs a local AWS from a shell: prints the environment to export, then serves until interrupted.
//   npx tsx test/local-aws/main.ts --port 4599 --deploy-seconds 5
// The lines on stdout are shell: `eval "$(head -n 6 <file it was sent to>)"`.

import { parseArgs } from 'node:util';
import { startLocalAws } from './server.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    'deploy-seconds': { type: 'string', default: '5' },
    partition: { type: 'string', default: 'aws' },
    region: { type: 'string', default: 'eu-west-1' },
  },
});

const aws = await startLocalAws({
  port: Number(values.port),
  deployMs: Number(values['deploy-seconds']) * 1000,
  partition: values.partition,
});

const environment = {
  AWS_ENDPOINT_URL: aws.endpoint,
  AWS_REGION: values.region,
  AWS_DEFAULT_REGION: values.region,
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
