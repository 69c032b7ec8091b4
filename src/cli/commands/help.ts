// help: the page of a topic. Pages of commands and steps are made by the parser from the tables.

import { finishReading, readText, startReading, type Flags } from '../flags/flags.ts';
import { topicNamed, topics, topicText, type Topic } from '../help/topics.ts';

export type Options = Topic;

export type HelpResult = { readonly topic: Topic; readonly lines: readonly string[] };

/** The topic. */
export function parse(flags: Flags): Options {
  const reading = startReading(flags);
  const topic = topicNamed(readText(reading, 'step'));
  if (topic === undefined) {
    reading.issues.push({
      message: `a topic is required: one of ${Object.keys(topics).join(', ')}`,
    });
  }
  finishReading(reading);
  return topic ?? 'output';
}

/** Its text. */
export async function run(topic: Options): Promise<HelpResult> {
  return { topic, lines: (await topicText(topic)).split('\n') };
}

/** The text as it is. */
export function describe({ lines }: HelpResult): string {
  return lines.join('\n');
}
