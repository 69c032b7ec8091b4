// What the user probably meant, for a word that is not known.

import { distance } from 'fastest-levenshtein';

/** The known word that is closest, where it is close enough to be a slip of the keys. */
export function suggestion(word: string, known: readonly string[]): string | undefined {
  const [closest] = known
    .map((candidate) => ({ candidate, edits: distance(word, candidate) }))
    .toSorted((a, b) => a.edits - b.edits);
  if (closest === undefined) return undefined;
  const most = Math.max(1, Math.floor(Math.min(word.length, closest.candidate.length) / 3));
  return closest.edits <= most ? closest.candidate : undefined;
}
