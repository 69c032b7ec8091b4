// The spinner of a terminal. Loaded by import(), after the first request is on its way: ora takes
// longer to load than all of the program before it.

import ora from 'ora';

export type Spinner = {
  readonly show: (text: string) => void;
  /** Takes it off the screen, so that a line can be written; `show` brings it back. */
  readonly hide: () => void;
};

/** Starts it. stdin is left alone, for prompts and Ctrl-C. */
export function startSpinner(stream: NodeJS.WriteStream, text: string): Spinner {
  const spinner = ora({ stream, text, isEnabled: true, discardStdin: false }).start();
  return {
    show: (next) => {
      spinner.text = next;
      if (!spinner.isSpinning) spinner.start();
    },
    hide: () => {
      spinner.stop();
    },
  };
}
