// The body of an object, read up to a limit: an object somebody else put in the bucket must not
// fill the memory.

/** The text of a stream of bytes, or undefined where it holds more than `limit` of them. */
export async function readBody(body: unknown, limit: number): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop destroys the stream and its connection.
  for await (const chunk of bytes(body)) {
    size += chunk.length;
    if (size > limit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function bytes(body: unknown): AsyncIterable<Uint8Array> | readonly Uint8Array[] {
  // On Node.js the SDK gives the socket's readable stream; an empty body may be none at all.
  return body === undefined || body === null ? [] : (body as AsyncIterable<Uint8Array>);
}
