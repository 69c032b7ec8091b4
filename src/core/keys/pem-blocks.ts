// Finds the PEM blocks of a key file, and damaged blocks. A damaged block is reported, not skipped:
// otherwise keys of the file would be missing without notice.
// https://www.rfc-editor.org/rfc/rfc7468

/** A block with both its lines; `line` is that of BEGIN, one-based. */
export type PemBlock = {
  readonly line: number;
  readonly label: string;
  /** What the base64 lines hold, or undefined where they are not base64 of one DER sequence. */
  readonly der: Buffer | undefined;
  /** The block as it stands in the file. */
  readonly text: string;
};

/** A damaged block, or a key of another format. */
export type PemProblem = {
  readonly line: number;
  readonly message: string;
  /** Its label names a private key. */
  readonly isPrivate: boolean;
};

const blockPattern = /-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \1-----/g;
const dash = '[-\u2010-\u2015\u2212\uFE58\uFE63\uFF0D]';
/** Four dashes or more before BEGIN or END, or fewer, or a misspelt word, before the name of a key. */
const markerPatterns: readonly RegExp[] = [
  new RegExp(`${dash}{4,} ?(?:begin|end\\b)`, 'i'),
  new RegExp(
    `^${dash}* ?(?:b\\w*g\\w*n|e\\w*d) ?(?:[a-z0-9]+ )*(?:\\w*key|certificate)${dash}+`,
    'i',
  ),
  new RegExp(`^${dash}{2,} ?(?:b\\w{2,6}|e\\w{1,4}) (?:[a-z0-9]+ )*(?:\\w*key|certificate)`, 'i'),
  new RegExp(`(?:key|certificate)${dash}{2,}$`, 'i'),
];
const endPattern = new RegExp(`^${dash}* ?e\\w{1,4} `, 'i');
const openSshPattern =
  /(?:^|\s)(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-\S+|sk-\S+@openssh\.com) AAAA/;
/** Base64 of a DER sequence always begins with M. */
const bareBase64Pattern = /^M[A-Za-z0-9+/]{39,}={0,2}$/;

/** The blocks of a text in its order, and the problems between them. Other text is ignored. */
export function findPemBlocks(text: string): {
  readonly blocks: readonly PemBlock[];
  readonly problems: readonly PemProblem[];
} {
  const blocks = [...text.matchAll(blockPattern)].map((match): PemBlock => {
    const [whole, label = '', base64 = ''] = match;
    const line = text.slice(0, match.index).split('\n').length;
    return { line, label, der: decodeBase64(base64), text: whole };
  });
  const around = text.replaceAll(blockPattern, (whole) => whole.replaceAll(/[^\n]/g, ''));
  return { blocks, problems: problemsIn(around.split('\n')) };
}

/** One message for a broken block, not one for each of its lines. */
function problemsIn(lines: readonly string[]): readonly PemProblem[] {
  const problems: PemProblem[] = [];
  let inBroken = false;
  lines.forEach((raw, index) => {
    // Spaces of every kind read as one; characters of no width and control characters as none.
    const line = raw
      .replaceAll(/[\u200B-\u200D\u2060\uFEFF]/g, '')
      .replaceAll(/\s+/g, ' ')
      .trim();
    const isMarker = markerPatterns.some((pattern) => pattern.test(line));
    const isEnd = isMarker && endPattern.test(line);
    const message = isMarker ? brokenMarker(isEnd) : strayKey(line);
    if (message !== undefined && !(inBroken && (isEnd || !isMarker))) {
      problems.push({ line: index + 1, message, isPrivate: /private key/i.test(line) });
    }
    if (isMarker) inBroken = !isEnd;
    else if (message !== undefined) inBroken = true;
  });
  return problems;
}

function brokenMarker(isEnd: boolean): string {
  return isEnd
    ? 'ends a PEM block without a matching line "-----BEGIN ...-----"'
    : 'is a damaged PEM block: it needs matching lines "-----BEGIN ...-----" and "-----END ...-----" with only base64 between them';
}

function strayKey(line: string): string | undefined {
  if (openSshPattern.test(line) || line.startsWith('PuTTY-User-Key-File')) {
    return 'is an OpenSSH public key, not PEM';
  }
  if (bareBase64Pattern.test(line)) return 'is base64 outside of a PEM block';
  return /"kty" ?:/.test(line) ? 'is a JSON Web Key, not PEM' : undefined;
}

/** The bytes, where they are base64 and one DER sequence that fills them. */
function decodeBase64(text: string): Buffer | undefined {
  const base64 = text.replaceAll(/[ \t\r\n]/g, '');
  if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined;
  const der = Buffer.from(base64, 'base64');
  return sequenceLength(der) === der.length ? der : undefined;
}

/** Bytes of the DER sequence at the start, header included; undefined where there is none. */
function sequenceLength(der: Buffer): number | undefined {
  const first = der[1];
  if (der[0] !== 0x30 || first === undefined) return undefined;
  if (first < 0x80) return 2 + first;
  const size = first & 0x7f;
  if (size < 1 || size > 4 || der.length < 2 + size) return undefined;
  return 2 + size + der.readUIntBE(2, size);
}
