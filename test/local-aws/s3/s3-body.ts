// S3 request bodies as SDKs send them: aws-chunked framing with trailers, and the checksums that
// S3 verifies. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html

import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { AwsFault } from '../wire/protocol.ts';

type Headers = { readonly [name: string]: string | undefined };

function incomplete(): AwsFault {
  return new AwsFault(
    400,
    'IncompleteBody',
    'You did not provide the number of bytes specified by the Content-Length HTTP header',
  );
}

/** Takes the chunk framing off; `trailers` are headers sent after the body. */
function decodeChunks(raw: Buffer): { body: Buffer; trailers: { [name: string]: string } } {
  const parts: Buffer[] = [];
  let offset = 0;
  for (;;) {
    const lineEnd = raw.indexOf('\r\n', offset);
    if (lineEnd === -1) throw incomplete();
    const size = Number.parseInt(raw.subarray(offset, lineEnd).toString('latin1'), 16);
    if (Number.isNaN(size) || lineEnd + 2 + size > raw.length) throw incomplete();
    offset = lineEnd + 2;
    if (size === 0) break;
    parts.push(raw.subarray(offset, offset + size));
    offset += size + 2;
  }
  const trailers: { [name: string]: string } = {};
  for (const line of raw.subarray(offset).toString('latin1').split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) trailers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  return { body: Buffer.concat(parts), trailers };
}

/** CRC-32C and CRC-64/NVME, bit by bit: documents here are small. */
function reflectedCrc(body: Buffer, polynomial: bigint, bits: bigint): bigint {
  const mask = (1n << bits) - 1n;
  let crc = mask;
  for (const byte of body) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >> 1n) ^ (crc & 1n ? polynomial : 0n);
  }
  return crc ^ mask;
}

function bytesOf(value: bigint, length: number): string {
  return Buffer.from(value.toString(16).padStart(length * 2, '0'), 'hex').toString('base64');
}

const checksums: { readonly [header: string]: (body: Buffer) => string } = {
  'content-md5': (body) => createHash('md5').update(body).digest('base64'),
  'x-amz-checksum-sha1': (body) => createHash('sha1').update(body).digest('base64'),
  'x-amz-checksum-sha256': (body) => createHash('sha256').update(body).digest('base64'),
  'x-amz-checksum-crc32': (body) => bytesOf(BigInt(crc32(body)), 4),
  'x-amz-checksum-crc32c': (body) => bytesOf(reflectedCrc(body, 0x82f63b78n, 32n), 4),
  'x-amz-checksum-crc64nvme': (body) => bytesOf(reflectedCrc(body, 0x9a6c9329ac4bc9b5n, 64n), 8),
};

/** Operations whose request must carry Content-MD5 or a checksum. */
const checksumRequired =
  /^(?:PutBucket(?:Encryption|OwnershipControls|Policy|Tagging)|PutPublicAccessBlock|DeleteObjects)$/;

/**
 * The bytes that were meant, verified against every checksum sent: 400 `BadDigest`,
 * `XAmzContentSHA256Mismatch`, `IncompleteBody`, or `InvalidRequest` where one is required.
 */
export function decodeS3Body(raw: Buffer, headers: Headers, operation: string): Buffer {
  const contentSha = headers['x-amz-content-sha256'];
  const chunked = contentSha?.startsWith('STREAMING-') === true;
  const { body, trailers } = chunked ? decodeChunks(raw) : { body: raw, trailers: {} };
  const announced = headers['x-amz-decoded-content-length'];
  if (chunked && announced !== String(body.length)) throw incomplete();
  if (contentSha !== undefined && /^[0-9a-f]{64}$/.test(contentSha)) {
    if (createHash('sha256').update(body).digest('hex') !== contentSha) {
      throw new AwsFault(
        400,
        'XAmzContentSHA256Mismatch',
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
      );
    }
  }
  let verified = 0;
  const sent: Headers = { ...headers, ...trailers };
  for (const [header, compute] of Object.entries(checksums)) {
    const value = sent[header];
    if (value === undefined) continue;
    verified += 1;
    if (value !== compute(body)) {
      throw new AwsFault(
        400,
        'BadDigest',
        `The ${header} you specified did not match the calculated checksum.`,
      );
    }
  }
  if (verified === 0 && checksumRequired.test(operation)) {
    throw new AwsFault(
      400,
      'InvalidRequest',
      'Missing required header for this request: Content-MD5 OR x-amz-checksum-*',
    );
  }
  return body;
}
