// What is left to do on the cluster, as a list that can be read on a terminal: sentences are
// wrapped, while what stands in backticks or quotes stays on one line, to be copied.

const width = 100;

/** Each step as a dash and its lines. */
export function stepLines(steps: readonly string[]): readonly string[] {
  return steps.flatMap((step) => {
    const lines = [''];
    for (const word of step.match(/(?:`[^`]*`|"[^"]*"|\S)+/g) ?? []) {
      const line = lines.at(-1) ?? '';
      if (line === '') lines[lines.length - 1] = word;
      else if (line.length + word.length + 5 <= width) lines[lines.length - 1] = `${line} ${word}`;
      else lines.push(word);
    }
    return lines.map((line, index) => `${index === 0 ? '  - ' : '    '}${line}`);
  });
}
