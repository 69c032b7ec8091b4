// Remembers the time by the `Date` header of the latest answer: gates of a key rotation go by
// AWS's clock, not by the operator's. Loaded with the SDK only.

import type { Client } from '@smithy/core/client';

/** Where the latest time is kept; shared by all clients of a connection. */
export type ServerClock = { latest: Date | undefined };

/** Lets a client note the time of every answer, refusals included. */
// oxlint-disable-next-line typescript/no-explicit-any -- the one client type all services share
export function noteServerTime(client: Client<any, any, any, any>, clock: ServerClock): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const time = new Date(dateHeader(result.response) ?? Number.NaN);
      if (!Number.isNaN(time.getTime())) clock.latest = time;
      return result;
    },
    { name: 'noteServerTime', step: 'deserialize', priority: 'low' },
  );
}

function dateHeader(response: unknown): string | undefined {
  if (typeof response !== 'object' || response === null || !('headers' in response)) return;
  const headers = response.headers;
  if (typeof headers !== 'object' || headers === null || !('date' in headers)) return;
  return typeof headers.date === 'string' ? headers.date : undefined;
}
