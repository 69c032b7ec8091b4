// The part of the SDK's Route 53 client that the program uses, and nothing else of it:
// this module is loaded by import(), and only what is named here ends up in its bundle.

import { ChangeResourceRecordSetsCommand, Route53Client } from '@aws-sdk/client-route-53';
import { clientConfig, prepared, type ClientSettings } from './client-config.ts';
import type { WriteTable } from './write-table.ts';

export {
  GetHostedZoneCommand,
  ListHostedZonesByNameCommand,
  ListResourceRecordSetsCommand,
} from '@aws-sdk/client-route-53';

/** A Route 53 client; the SDK finds the partition's endpoint by the region. */
export function createClient(settings: ClientSettings): Route53Client {
  return prepared(new Route53Client(clientConfig(settings)), settings);
}

/** Writing operations by their AWS CLI name. */
export const writes: WriteTable = {
  'change-resource-record-sets': ['ChangeResourceRecordSets', ChangeResourceRecordSetsCommand],
};
