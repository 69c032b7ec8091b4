// Sends a batch of changes to a hosted zone: records are created or deleted, never changed. Route 53 applies a
// batch whole or not at all, and refuses one whose records stand differently by now.

import changeTemplate from '../../../templates/route53/change-resource-record-sets.json' with { type: 'json' };
import type { Change } from '../../core/change.ts';
import { isAwsError } from '../../core/errors.ts';
import type { HostedZone } from '../../core/hosting/hosted-zone.ts';
import type { JsonObject } from '../../core/json.ts';
import { fillTemplate } from '../../core/template.ts';
import type { Context } from '../context.ts';

/** `already`: another run did the same meanwhile, as `isDone` says. */
export async function changeRecords(
  context: Context,
  input: {
    readonly zone: HostedZone;
    readonly change: Omit<Change, 'resource'>;
    /** Tells request files apart: `alias`, `validation`. */
    readonly purpose: string;
    /** Filled templates of changes. */
    readonly records: readonly JsonObject[];
    readonly isDone: () => Promise<boolean>;
  },
): Promise<'changed' | 'already'> {
  const { zone, change, purpose, records, isDone } = input;
  try {
    await context.gate.perform({
      change: { resource: 'route53-record', ...change },
      requests: [
        {
          service: 'route53',
          operation: 'change-resource-record-sets',
          id: purpose,
          input: fillTemplate(changeTemplate, {
            zoneId: zone.id,
            comment: 'oidc-bootstrap',
            changes: records,
          }),
        },
      ],
      applied: async ({ error }) => isAwsError(error, 'InvalidChangeBatch') && (await isDone()),
    });
    return 'changed';
  } catch (error) {
    if (!isAwsError(error, 'InvalidChangeBatch') || !(await isDone())) throw error;
    return 'already';
  }
}
