// What the parser says of the words of a command line, in our words.

import { UsageError } from '../../core/errors.ts';
import { suggestion as closest } from '../flags/suggest.ts';
import { topics } from '../help/topics.ts';

/** The parser's error as a UsageError; `command` is the first word if it is no flag, for the hint. */
export function parserError(text: string, command: string): UsageError {
  const [first = '', suggestion] = text.replace(/^error: /, '').split('\n');
  const message = first
    .replaceAll("'", '"')
    .replace(/option "(?:-\w, )?(--[\w-]+) [^"]*" argument missing/, 'option "$1" needs a value');
  const like = /\(Did you mean (?:one of )?(.*)\?\)/.exec(suggestion ?? '')?.[1] ?? likeOf(message);
  const help = command === '' || first.startsWith('unknown command') ? '' : `${command} `;
  const misplaced = command === '' && first.startsWith('unknown option');
  const see = `${misplaced ? 'flags go after the command; ' : ''}see oidc-bootstrap ${help}--help`;
  return new UsageError([{ message }], like === undefined ? see : `did you mean ${like}? ${see}`);
}

/** What the parser does not know: the topics of `help`. */
function likeOf(message: string): string | undefined {
  const word = /^unknown command "(.*)"$/.exec(message)?.[1];
  const topic = word === undefined ? undefined : closest(word, Object.keys(topics));
  return topic === undefined ? undefined : `help ${topic}`;
}
