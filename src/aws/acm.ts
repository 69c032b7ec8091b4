// The part of the SDK's ACM client that the program uses, and nothing else of it:
// this module is loaded by import(), and only what is named here ends up in its bundle.

import {
  ACMClient,
  DeleteCertificateCommand,
  RequestCertificateCommand,
} from '@aws-sdk/client-acm';
import { clientConfig, prepared, type ClientSettings } from './client-config.ts';
import type { WriteTable } from './write-table.ts';

export {
  DescribeCertificateCommand,
  ListTagsForCertificateCommand,
  paginateListCertificates,
} from '@aws-sdk/client-acm';

/** An ACM client; the region must be the one in which CloudFront takes certificates. */
export function createClient(settings: ClientSettings): ACMClient {
  return prepared(new ACMClient(clientConfig(settings)), settings);
}

/** Writing operations by their AWS CLI name. */
export const writes: WriteTable = {
  'delete-certificate': ['DeleteCertificate', DeleteCertificateCommand],
  'request-certificate': ['RequestCertificate', RequestCertificateCommand],
};
