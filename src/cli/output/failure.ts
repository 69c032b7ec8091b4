// Errors as people see them: `error:` and `hint:` lines on stderr, one `error:` for each problem.

import {
  BootstrapError,
  describeIssue,
  exitCodes,
  InputError,
  UsageError,
  type ErrorCode,
} from '../../core/errors.ts';
import { visible } from '../session/control-characters.ts';
import type { Style } from './style.ts';

/** Any thrown value as a reported error; any error that the program does not know is INTERNAL. */
export function asBootstrapError(error: unknown): BootstrapError {
  if (error instanceof BootstrapError) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new BootstrapError({
    code: 'INTERNAL',
    message: `unexpected: ${text}`,
    hint: 'run the same command again with --verbose and report its output; running it again is safe',
    cause: error,
  });
}

/** Codes that tell no more than the message does: by any other one a user finds what to do in the README. */
function isSaid(code: ErrorCode): boolean {
  const general: readonly ErrorCode[] = ['INTERNAL', 'CHECK_FAILED', 'AWS_REQUEST_FAILED'];
  return exitCodes[code] === 2 || general.includes(code);
}

/** The lines of a failure, with a final newline. A declined prompt or Ctrl-C is one soft line. */
export function failureText(
  error: BootstrapError,
  { style, verbose }: { readonly style: Style; readonly verbose: boolean },
): string {
  const lines: string[] = [];
  if (error.code === 'INTERRUPTED') {
    lines.push(style.caution(visible(error.message)));
  } else {
    const code = isSaid(error.code) ? '' : ` ${style.quiet(`(${error.code})`)}`;
    for (const message of messagesOf(error))
      lines.push(`${style.bad('error:')} ${visible(message)}${code}`);
  }
  if (error.hint !== undefined) lines.push(`${style.caution('hint:')} ${visible(error.hint)}`);
  // Indented, so that no line of a message looks like one of ours.
  if (verbose) lines.push(...stacks(error).map((line) => `  ${visible(line)}`));
  return `${lines.join('\n')}\n`;
}

function messagesOf(error: BootstrapError): readonly string[] {
  const listed = error instanceof UsageError || error instanceof InputError;
  return listed ? error.issues.map(describeIssue) : [error.message];
}

function stacks(error: BootstrapError): readonly string[] {
  const found: string[] = [];
  let cause: unknown = error;
  let depth = 0;
  while (cause instanceof Error && depth < 5) {
    found.push(...(cause.stack ?? cause.message).split('\n'));
    depth += 1;
    cause = cause.cause;
  }
  return found;
}
