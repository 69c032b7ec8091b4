// The shape in which a service lists what may be written to it.

/**
 * The API's name of an operation and the SDK's command, by the AWS CLI's name of it.
 * The command takes its input unchecked: a test shows that every member arrives.
 */
export type WriteTable = {
  readonly [cliName: string]: readonly [operation: string, command: new (input: never) => unknown];
};
