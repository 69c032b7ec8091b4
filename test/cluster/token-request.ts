// Reads the body of a TokenRequest as kubectl sends it: JSON, or, from version 1.36 or so on, protobuf.
// https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding-idl
// https://github.com/kubernetes/api/blob/master/authentication/v1/generated.proto

export type TokenRequestSpec = {
  readonly audiences: readonly string[];
  readonly expirationSeconds: number;
};

/** What is asked for. */
export function readTokenRequest(body: Buffer): TokenRequestSpec {
  if (body.subarray(0, 4).toString('latin1') !== 'k8s\0') {
    return (JSON.parse(body.toString('utf8')) as { spec: TokenRequestSpec }).spec;
  }
  // Unknown.raw is field 2, TokenRequest.spec field 2, audiences 1, expirationSeconds 4.
  const raw = bytesIn(body.subarray(4), 2)[0];
  const spec = raw === undefined ? undefined : bytesIn(raw, 2)[0];
  if (spec === undefined) throw new Error('a TokenRequest without a spec');
  const [seconds] = fieldsIn(spec).filter(([field]) => field === 4);
  return {
    audiences: bytesIn(spec, 1).map((bytes) => bytes.toString('utf8')),
    expirationSeconds: typeof seconds?.[1] === 'number' ? seconds[1] : 3600,
  };
}

function bytesIn(message: Buffer, field: number): readonly Buffer[] {
  return fieldsIn(message).flatMap(([number, value]) =>
    number === field && Buffer.isBuffer(value) ? [value] : [],
  );
}

/** Fields of a message: numbers, and bytes with a length. https://protobuf.dev/programming-guides/encoding/ */
function fieldsIn(message: Buffer): readonly (readonly [number, number | Buffer])[] {
  const fields: [number, number | Buffer][] = [];
  let at = 0;
  const varint = (): number => {
    let [value, scale] = [0, 1];
    for (;;) {
      const byte = message[at] ?? 0;
      at += 1;
      value += (byte & 0x7f) * scale;
      scale *= 128;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    if (tag % 8 === 0) fields.push([number, varint()]);
    else if (tag % 8 === 2) {
      const length = varint();
      fields.push([number, message.subarray(at, at + length)]);
      at += length;
    } else throw new Error(`protobuf wire type ${tag % 8} is not expected here`);
  }
  return fields;
}
