// The flags of an issuer: where its documents are served, its keys and audiences.

import { bucketNamespaces } from '../../../core/bucket-names.ts';
import { platforms } from '../../../core/cluster/platform.ts';
import type { FlagSpec } from './flag-spec.ts';
import { formatFlag, messageFlags } from './common.ts';

/** `--key-size`. */
export const keySizeFlag: FlagSpec = {
  name: 'key-size',
  group: 'Signing key',
  value: '<bits>',
  choices: ['4096', '3072', '2048'],
  about: '4096, 3072 or 2048 (default: 4096)',
};

/** `--issuer-url`. */
export const issuerUrlFlag: FlagSpec = {
  name: 'issuer-url',
  group: 'Issuer',
  value: '<url>',
  about: 'the issuer, https://<host>[/<path>], where its documents are served elsewhere',
};

/** `--shared-hosting`. */
export const sharedHostingFlag: FlagSpec = {
  name: 'shared-hosting',
  group: 'Issuer',
  value: '<hosting>',
  about: 'name of a hosting that many clusters share; the issuer ends in /<name>',
};

/** `--hosting-only`. */
export const hostingOnlyFlag: FlagSpec = {
  name: 'hosting-only',
  group: 'Issuer',
  about: 'make the hosting alone and print the issuer: no document, no key, no provider',
};

/** Public or private bucket. */
export const layoutFlags: readonly FlagSpec[] = [
  {
    name: 'public-s3-bucket',
    group: 'Issuer',
    about:
      'new name: use a public bucket instead of a private one behind CloudFront; existing public layout: open its closed bucket',
  },
  {
    name: 'create-private-s3-bucket',
    group: 'Issuer',
    hidden: true,
    about: 'ccoctl flag for the private layout, the default here',
  },
];

const platformFlag: FlagSpec = {
  name: 'platform',
  group: 'Issuer',
  value: '<platform>',
  choices: platforms,
  about: `whose steps are shown, and whose files are written to cluster/: ${platforms.join(', ')} (default: kubernetes, or as before)`,
};

/** An own domain. */
export const domainFlags: readonly FlagSpec[] = [
  {
    name: 'domain',
    group: 'Issuer',
    value: '<host>',
    about:
      'a domain of your own for a new issuer, https://<host>, with certificate and DNS records',
  },
  {
    name: 'hosted-zone-id',
    group: 'Issuer',
    value: '<id>',
    about:
      'with --domain: the public Route 53 zone for its records (default: the longest suffix; without one they are printed)',
  },
  {
    name: 'certificate-arn',
    group: 'Issuer',
    value: '<arn>',
    about:
      'with --domain: an issued ACM certificate of us-east-1 that covers it (default: one is requested)',
  },
];

/** Issuer, keys and audiences, of the commands that make a provider. */
export const providerFlags: readonly FlagSpec[] = [
  platformFlag,
  issuerUrlFlag,
  sharedHostingFlag,
  ...domainFlags,
  {
    name: 'public-key-file',
    group: 'Signing key',
    value: '<file>',
    repeatable: true,
    about:
      'public keys to publish, PEM or JWKS, "-" is stdin (default: serviceaccount-signer.public)',
  },
  {
    name: 'audience',
    group: 'Issuer',
    value: '<audience>',
    repeatable: true,
    about: 'add audiences (default for a new provider: openshift,sts.amazonaws.com)',
  },
  {
    name: 'remove-audience',
    group: 'Issuer',
    value: '<audience>',
    repeatable: true,
    about: 'remove audiences, after naming the roles that use them',
  },
  {
    name: 'bucket-namespace',
    group: 'Issuer',
    value: '<namespace>',
    choices: bucketNamespaces,
    about:
      'new bucket: global or account-regional (default: account-regional, where the name fits and the Region has it)',
  },
  {
    name: 'migrate-to-oac',
    group: 'Issuer',
    about:
      'replace the origin access identity of a cluster that ccoctl made by an origin access control; the issuer stays',
  },
  ...layoutFlags,
];

/** An issuer that is served from a folder, of rotate-keys. */
export const servedFolderFlags: readonly FlagSpec[] = [
  {
    ...issuerUrlFlag,
    about: 'the issuer, where its documents are served from the folder of --documents-dir',
  },
  {
    name: 'documents-dir',
    group: 'Issuer',
    value: '<folder>',
    about: 'with --issuer-url: folder that the web server serves; keys are published into it',
  },
];

/** All flags of render-documents. */
export const documentFlags: readonly FlagSpec[] = [
  {
    name: 'issuer-url',
    group: 'Required',
    required: true,
    value: '<url>',
    about: 'the issuer, https://<host>[/<path>], exactly as tokens name it',
  },
  {
    name: 'public-key-file',
    group: 'Required',
    required: true,
    value: '<file>',
    repeatable: true,
    about: 'public keys to serve, PEM or JWKS, "-" is stdin',
  },
  {
    name: 'documents-dir',
    group: 'Required',
    required: true,
    value: '<folder>',
    about: 'folder that the web server serves at the issuer URL',
  },
  {
    name: 'remove-key',
    group: 'Signing key',
    value: '<key-id>',
    repeatable: true,
    about: 'stop serving this key, for good',
  },
  formatFlag,
  { name: 'dry-run', group: 'Output', about: 'show the changes; write nothing' },
  ...messageFlags,
];
