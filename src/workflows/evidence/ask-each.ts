// Asks every API server the same, side by side. All must answer: evidence of some of them opens nothing.

import { BootstrapError } from '../../core/errors.ts';
import { inParallel } from '../parallel.ts';
import type { ApiServer } from './cluster.ts';

/** The answers in order; one error names every server that gave none. */
export async function askEach<Answer>(
  servers: readonly ApiServer[],
  ask: (server: ApiServer) => Promise<Answer>,
): Promise<readonly Answer[]> {
  const outcomes = await inParallel(servers, async (server) => {
    try {
      return { answer: await ask(server) };
    } catch (error) {
      if (error instanceof BootstrapError) return { failure: error };
      throw error;
    }
  });
  const failures = outcomes.flatMap(({ failure }) => failure ?? []);
  const [first] = failures;
  if (first === undefined)
    return outcomes.flatMap(({ answer }) => (answer === undefined ? [] : [answer]));
  if (servers.length === 1) throw first;
  const { code, hint } = first;
  throw new BootstrapError({
    code,
    message: `${failures.length} of ${servers.length} API servers gave no evidence, and nothing is done on less: ${failures.map((failure) => failure.message).join('; ')}`,
    hint,
    cause: first,
  });
}
