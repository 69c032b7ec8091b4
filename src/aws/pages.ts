// The pages of a list, up to a number that no account reaches: what always names one more page is not AWS, and
// would be asked for ever.

/** More than any list of AWS has. */
export const mostPages = 500;

/** The same pages; `AnswerTooLarge` where there are more. */
export async function* pagesOf<Page>(pages: AsyncIterable<Page>): AsyncGenerator<Page, void> {
  let count = 0;
  for await (const page of pages) {
    count += 1;
    if (count > mostPages) throw endlessList();
    yield page;
  }
}

/** The failure of a list that does not end. */
export function endlessList(): Error {
  const code = 'AnswerTooLarge';
  return Object.assign(new Error(`the list has more than ${mostPages} pages`), {
    name: code,
    code,
  });
}
