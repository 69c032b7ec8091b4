// Text for a terminal: lines end between words. What stands in backticks or quotes, and what has no
// blank in it (an ARN, a path), stays on one line, so that it can be copied.

const narrowest = 40;

/** The lines of a text of one line; all but the first are indented. Escape sequences take no room. */
export function wrapped(
  text: string,
  { width, indent }: { readonly width: number; readonly indent: number },
): readonly string[] {
  const limit = Math.max(width, narrowest);
  const lines: string[] = [];
  let line = '';
  for (const [, blanks = '', word = ''] of text.matchAll(/(\s*)((?:`[^`]*`|"[^"]*"|\S)+)/g)) {
    const joined = `${line}${blanks}${word}`;
    if (line.trim() === '' || line.trim() === '-' || columnsOf(joined) <= limit) line = joined;
    else {
      lines.push(line);
      line = ' '.repeat(indent) + word;
    }
  }
  return [...lines, line];
}

/** A page of lines for a terminal; what continues a line stands four columns to its right. */
export function wrappedPage(text: string, width: number): string {
  return text
    .split('\n')
    .flatMap((line) => wrapped(line, { width, indent: (/^ */.exec(line)?.[0].length ?? 0) + 4 }))
    .join('\n');
}

function columnsOf(text: string): number {
  // Colors are the only escape sequences here.
  // eslint-disable-next-line no-control-regex
  return text.replaceAll(/\u001b\[\d+m/g, '').length;
}
