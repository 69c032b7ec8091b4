// The commands that hints name, with the flags that this run was given, so that they can be pasted.

import type { Commands } from './hosting-facts.ts';
import { shellWord } from '../shell-word.ts';

/** The commands of a name. */
export function commandsOf(given: {
  readonly name: string;
  readonly region: string;
  readonly outputDir: string | undefined;
  readonly issuerUrl: string | undefined;
  readonly sharedHosting: string | undefined;
  /** The public key in the output folder. */
  readonly publicKeyFile?: string | undefined;
}): Commands {
  const { publicKeyFile, name, region, outputDir, issuerUrl, sharedHosting } = given;
  const flags = [
    `--name ${name} --region ${region}`,
    ...(issuerUrl === undefined ? [] : [`--issuer-url ${issuerUrl}`]),
    ...(sharedHosting === undefined ? [] : [`--shared-hosting ${sharedHosting}`]),
    ...(outputDir === undefined ? [] : [`--output-dir ${shellWord(outputDir)}`]),
  ].join(' ');
  const publish = `oidc-bootstrap create-identity-provider ${flags}`;
  const keyFile = publicKeyFile === undefined ? '<file>' : shellWord(publicKeyFile);
  return {
    flags,
    publish,
    publishKey: `${publish} --public-key-file ${keyFile}`,
    emergency: `oidc-bootstrap rotate-keys emergency ${flags}`,
    delete: `oidc-bootstrap delete ${flags}`,
    roles: `oidc-bootstrap create-iam-roles ${flags} --credentials-requests-dir <folder>`,
  };
}
