// Asks every API server the same, side by side. All must answer: evidence of some of them opens nothing.

import { BootstrapError } from '../../core/errors.ts';
import { inParallel } from '../parallel.ts';
import type { ApiServer } from './cluster.ts';

/** The answers in order; one error names every server that gave none. */
export async function askEach<Answer>(
  servers: readonly ApiServer[],
  ask: (server: ApiServer) => Promise<Answer>,
): Promise<readonly Answer[]> {
  const failures: BootstrapError[] = [];
  const answers = await inParallel(servers, async (server) => {
    try {
      return await ask(server);
    } catch (error) {
      if (!(error instanceof BootstrapError)) throw error;
      failures.push(error);
      return undefined;
    }
  });
  const [first] = failures;
  if (first === undefined) return answers.filter((answer) => answer !== undefined);
  if (servers.length === 1) throw first;
  const { code, hint } = first;
  throw new BootstrapError({
    code,
    message: `${failures.length} of ${servers.length} API servers gave no evidence, and nothing is done on less: ${failures.map((failure) => failure.message).join('; ')}`,
    hint,
    cause: first,
  });
}
