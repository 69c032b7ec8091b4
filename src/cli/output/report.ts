// The JSON document of a command, success or failure: its members are fixed, scripts hold on to them.

import { AwsError, type BootstrapError, type ErrorDetails } from '../../core/errors.ts';
import type { Outcome } from '../session/run-state.ts';
import { escapedJson } from '../session/control-characters.ts';

/** The document of a command that succeeded, with its final newline. */
export function successDocument(outcome: Outcome): string {
  const { command, dryRun, changes, result, files, warnings } = outcome;
  return serialise({ command, ok: true, dryRun, changes, result, files, warnings });
}

/** The document of a command that failed. */
export function failureDocument(outcome: Outcome, error: BootstrapError): string {
  const { command, dryRun, changes, result, files, warnings } = outcome;
  const { code, message, hint = null } = error;
  return serialise({
    command,
    ok: false,
    dryRun,
    error: { code, message, hint, details: detailsOf(error) },
    changes,
    result,
    files,
    warnings,
  });
}

function serialise(members: { readonly [member: string]: unknown }): string {
  return `${escapedJson(JSON.stringify({ schemaVersion: 1, ...members }, undefined, 2))}\n`;
}

function detailsOf(error: BootstrapError): ErrorDetails {
  const facts =
    error instanceof AwsError ? { operation: error.operation, awsCode: error.awsCode } : {};
  return { ...facts, ...error.details };
}
