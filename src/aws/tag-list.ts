// Tags as AWS lists them, as a record.

import type { Tags } from '../core/tags.ts';

/** `[{Key, Value}]` by key; an absent list is an empty record. */
export function tagsOf(
  list:
    | readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[]
    | undefined,
): Tags {
  return Object.fromEntries((list ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']));
}
