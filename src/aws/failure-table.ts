// What each failure of AWS, of the credentials and of the network means for the user: our code, what
// happened, and what to do. Decided by AWS's code; by its words only where one code has many causes.

import { credentialFailures } from './credential-failures.ts';
import { domainFailures } from './domain-failures.ts';
import type { FailureRow } from './failure-row.ts';
import { iamFailures } from './iam-failures.ts';
import { limitFailures } from './limit-failures.ts';
import { networkFailures } from './network-failures.ts';
import { permissionFailures } from './permission-failures.ts';
import { s3Failures } from './s3-failures.ts';

/** Tried from the top; the last row matches everything. */
export const failureRows: readonly FailureRow[] = [
  ...credentialFailures,
  ...permissionFailures,
  ...limitFailures,
  ...s3Failures,
  ...domainFailures,
  ...iamFailures,
  ...networkFailures,
  {
    when: ({ status }) => status !== undefined && status >= 500,
    code: 'AWS_REQUEST_FAILED',
    hint: () => 'AWS has a problem on its side: run again in a few minutes, it goes on from here',
  },
  { when: () => true, code: 'AWS_REQUEST_FAILED', hint: () => undefined },
];
