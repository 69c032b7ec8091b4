// What is known of a flag before its value is read: name, kind, help, and where it may come from.

/** A flag. Without `value` it is a boolean that also takes `=true|false|1|0`. */
export type FlagSpec = {
  /** Without dashes: `output-dir`. */
  readonly name: string;
  readonly short?: string;
  /** What help shows for the value. */
  readonly value?: string;
  /** All values that it takes, where they are few. */
  readonly choices?: readonly string[];
  /** May be given several times. */
  readonly repeatable?: boolean;
  /** Must not be given several times: elsewhere the last one counts. */
  readonly once?: boolean;
  /** Accepted, and not shown in help. */
  readonly hidden?: boolean;
  /** An approval: never taken from the environment. */
  readonly approval?: boolean;
  /** Heading under which help lists it. */
  readonly group: FlagGroup;
  /** Must be given, by flag, environment or profile; help lists it first and marks it. */
  readonly required?: boolean;
  /** The steps of rotate-keys that it belongs to; all where not given. */
  readonly steps?: readonly string[];
  readonly about: string;
};

/** Headings of the help, in order. */
export const flagGroups = [
  'Required',
  'Signing key',
  'Issuer',
  'Roles',
  'Rotation',
  'Evidence',
  'Checks',
  'Deletion',
  'Approval',
  'AWS',
  'Output',
] as const;

export type FlagGroup = (typeof flagGroups)[number];
