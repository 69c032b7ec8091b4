// Logic with a third value. Undefined: it cannot be judged, because AWS does not publish the rule or
// because the value is known to AWS alone. What cannot be judged is never taken for a yes.

/** True, false, or undefined where it cannot be judged. */
export type Judged = boolean | undefined;

/** True where all are true; false where one is false, whatever the others are. */
export function allOf(values: readonly Judged[]): Judged {
  if (values.includes(false)) return false;
  return values.includes(undefined) ? undefined : true;
}

/** True where one is true, whatever the others are; false where all are false. */
export function anyOf(values: readonly Judged[]): Judged {
  if (values.includes(true)) return true;
  return values.includes(undefined) ? undefined : false;
}

/** The opposite; what cannot be judged stays so. */
export function not(value: Judged): Judged {
  return value === undefined ? undefined : !value;
}
