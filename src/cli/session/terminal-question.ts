// A question on the terminal, asked on stderr and answered on stdin. Loaded when there is one to ask.

import { createInterface } from 'node:readline';

/** The answer; undefined where the user ends the input (Ctrl-D) or interrupts (Ctrl-C). */
export async function askOnTerminal(question: string): Promise<string | undefined> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  return new Promise((resolve) => {
    terminal.on('close', () => {
      process.stderr.write('\n');
      resolve(undefined);
    });
    terminal.on('SIGINT', () => terminal.close());
    terminal.question(question, (answer) => {
      terminal.removeAllListeners('close');
      terminal.close();
      resolve(answer);
    });
  });
}
