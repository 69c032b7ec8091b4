// The commands that have a policy, by name alone: help needs no more.

/** Commands that call AWS; their rows are in command-rows.ts. */
export const permissionCommands = [
  'create-identity-provider',
  'create-iam-roles',
  'create-all',
  'rotate-keys',
  'delete',
  'verify',
  'list',
] as const;

/** A command that has a policy. */
export type PermissionCommand = (typeof permissionCommands)[number];

/** Commands that never call AWS. */
export const offlineCommands: readonly string[] = ['create-key-pair', 'render-documents'];
