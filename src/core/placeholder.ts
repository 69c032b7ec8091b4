// Plans show values that only AWS can give (a distribution ID, the issuer URL) as
// `<name-in-words>`. No AWS field may contain `<`, so a placeholder cannot be mistaken for a value.

const pattern = /<[a-z][a-z0-9-]*>/g;

/** The placeholder of a value known only after creation: `placeholder('distribution-id')`. */
export function placeholder(name: string): string {
  return `<${name}>`;
}

/** True where the text holds a placeholder. */
export function hasPlaceholder(text: string): boolean {
  return text.search(pattern) >= 0;
}

/** The placeholders in a text, in order of first use. */
export function placeholdersIn(text: string): readonly string[] {
  return [...new Set(text.match(pattern))];
}

/** The text, or null where a part of it is not known yet: what JSON results show. */
export function knownOrNull(text: string): string | null {
  return hasPlaceholder(text) ? null : text;
}
