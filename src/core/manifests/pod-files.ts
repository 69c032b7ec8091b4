// What pods need where no webhook gives it to them: a patch with environment and token volume, as the
// webhook would make them, and a profile for AWS SDKs and CLI. Each says on top whose it is.
// https://github.com/aws/amazon-eks-pod-identity-webhook

import configTemplate from '../../../templates/manifests/aws-config.json' with { type: 'json' };
import environmentTemplate from '../../../templates/manifests/pod-environment.json' with { type: 'json' };
import podTemplate from '../../../templates/manifests/pod.json' with { type: 'json' };
import { fillTemplate } from '../template.ts';
import { writeIni } from './ini.ts';
import { writeYaml } from './yaml-writer.ts';

/** A ServiceAccount whose pods are to have the role. */
export type PodAccount = {
  readonly namespace: string;
  readonly name: string;
  readonly roleArn: string;
  /** That the pods' tokens are to have. */
  readonly audience: string;
  /** Region that the pods shall use; undefined: they know one. */
  readonly region: string | undefined;
  /** Path of the file. */
  readonly path: string;
};

/** Where the webhook mounts the token, too: both ways can be used in one cluster. */
const mountPath = '/var/run/secrets/eks.amazonaws.com/serviceaccount';
const tokenFile = `${mountPath}/token`;

/** The strategic-merge patch for a Deployment, StatefulSet, DaemonSet or Job. */
export function renderPodPatch(account: PodAccount): string {
  const { namespace, name, audience, roleArn, region, path } = account;
  const environment = fillTemplate(environmentTemplate, { roleArn, tokenFile, region });
  const env = Object.entries(environment).map(([key, value = '']) => ({ name: key, value }));
  const patch = writeYaml(fillTemplate(podTemplate, { name, env, mountPath, audience }));
  return [
    ownerLine(account),
    `#   kubectl patch deployment <name> --namespace ${namespace} --patch-file ${path}`,
    `# Its container is called "${name}" here: write the name of yours in place of it.`,
    patch,
  ].join('\n');
}

/** The profile; pods that mount the token find it by AWS_CONFIG_FILE. */
export function renderAwsConfig(account: PodAccount): string {
  const { roleArn, region } = account;
  const config = fillTemplate(configTemplate, { roleArn, tokenFile, region });
  return `${ownerLine(account)}\n# AWS_CONFIG_FILE=<this file>; the token is mounted as in pods/\n${writeIni(config)}\n`;
}

/** The ServiceAccount that a file says on top it is for. */
export function ownerOf(
  text: string,
): { readonly namespace: string; readonly name: string } | undefined {
  const [, namespace, name] = /^# ServiceAccount ([^\s/]+)\/(\S+)$/m.exec(text) ?? [];
  return namespace === undefined || name === undefined ? undefined : { namespace, name };
}

function ownerLine({ namespace, name }: PodAccount): string {
  return `# ServiceAccount ${namespace}/${name}`;
}
