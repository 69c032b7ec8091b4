// Runs independent work side by side, within what the services take: IAM throttles per account.

/** How many calls are under way at once. */
export const concurrency = 16;

/** The results in order of the items; the first failure is thrown once all that began has ended. */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const failures: unknown[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length && failures.length === 0) {
      const index = next;
      next += 1;
      try {
        results[index] = await work(items[index] as Item);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, worker));
  if (failures.length > 0) throw failures[0];
  return results;
}

/**
 * Two looks side by side, awaited in turn: where both fail, the failure of the first is the one that
 * is told, whichever came sooner.
 */
export async function inTurn<First, Second>(
  first: Promise<First>,
  second: Promise<Second>,
): Promise<readonly [First, Second]> {
  // Handled here already, so that an unawaited rejection does not end the process.
  second.catch(() => {});
  return [await first, await second];
}
