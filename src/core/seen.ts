// What a look at AWS gave: the answer, or why there is none. A look that is denied ends no `verify`: the
// checks that need it are skipped.

/** An answer, or why it could not be had: `access denied: "s3:GetBucketPolicy" on ... is missing`. */
export type Seen<Value> =
  | { readonly seen: true; readonly value: Value }
  | { readonly seen: false; readonly why: string };

/** An answer that is there. */
export function seen<Value>(value: Value): Seen<Value> {
  return { seen: true, value };
}

/** The answer, or undefined where it could not be had. */
export function valueOf<Value>(look: Seen<Value>): Value | undefined {
  return look.seen ? look.value : undefined;
}
