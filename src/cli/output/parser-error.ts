// What the parser says of the words of a command line, in our words.

import { UsageError } from '../../core/errors.ts';

/** The parser's error as a UsageError; `command` is the first word if it is no flag, for the hint. */
export function parserError(text: string, command: string): UsageError {
  const [first = '', suggestion] = text.replace(/^error: /, '').split('\n');
  const message = first
    .replaceAll("'", '"')
    .replace(/option "(?:-\w, )?(--[\w-]+) [^"]*" argument missing/, 'option "$1" needs a value');
  const like = /\(Did you mean (?:one of )?(.*)\?\)/.exec(suggestion ?? '')?.[1];
  const help = command === '' || first.startsWith('unknown command') ? '' : `${command} `;
  const misplaced = command === '' && first.startsWith('unknown option');
  const see = `${misplaced ? 'flags go after the command; ' : ''}see oidc-bootstrap ${help}--help`;
  return new UsageError([{ message }], like === undefined ? see : `did you mean ${like}? ${see}`);
}
