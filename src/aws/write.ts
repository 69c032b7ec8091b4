// Sends one writing request as it stands in the plan: `iam create-role` with the very object that
// a dry run writes to a file. What may be written is what the tables of the thin modules list.

import type { WriteRequest } from '../core/change.ts';
import { BootstrapError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import type { Attempt } from './attempt.ts';
import { cloudfrontRegion, type Clients } from './sdk-clients.ts';

/** Sends; gives the members of the answer as plain JSON (times as RFC 3339). */
export function writeWith(options: {
  readonly clients: Clients;
  readonly attempt: Attempt;
  readonly region: string;
  readonly bucketRegion: () => string;
}): (request: WriteRequest) => Promise<JsonObject> {
  const { clients, attempt } = options;
  const open = async (service: WriteRequest['service']) => {
    if (service === 's3api') return clients.s3(options.bucketRegion());
    if (service === 'iam') return clients.iam();
    if (service === 'acm') return clients.acm(cloudfrontRegion(options.region));
    return service === 'route53' ? clients.route53() : clients.cloudfront();
  };
  return async (request) => {
    const { client, sdk } = await open(request.service);
    const row = sdk.writes[request.operation];
    if (row === undefined) {
      throw new BootstrapError({
        code: 'INTERNAL',
        message: `no such writing request: "${request.service} ${request.operation}"`,
      });
    }
    const [operation, Command] = row;
    // A copy: the SDK adds members of its own to the input it is given.
    const input: JsonObject = structuredClone(
      request.body === undefined ? request.input : { ...request.input, Body: request.body.text },
    );
    const send: (command: unknown) => Promise<object> = client.send.bind(client) as never;
    const answer = await attempt(
      {
        operation: `${request.service === 's3api' ? 's3' : request.service}:${operation}`,
        input: request.input,
        region: request.service === 's3api' ? options.bucketRegion() : options.region,
      },
      () => send(new Command(input as never)),
    );
    return plainJson(answer);
  };
}

function plainJson(answer: object): JsonObject {
  const { $metadata: _, ...members } = answer as { readonly $metadata?: unknown };
  return JSON.parse(JSON.stringify(members)) as JsonObject;
}
