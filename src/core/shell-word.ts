// Values of others in commands that are printed to be pasted: a key ID, an audience or a tag must not
// bring a command of its own.

/** The text as one word of a POSIX shell: as it is where nothing in it has a meaning, else quoted. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
