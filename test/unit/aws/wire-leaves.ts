// Checks that every leaf of a request's input is sent. The SDK drops unknown members without an error, so
// a misspelt member of a template would have no effect.

import { isAwsError } from '../../../src/core/errors.ts';
import type { WriteRequest } from '../../../src/core/change.ts';
import type { Json } from '../../../src/core/json.ts';
import { connectTo, startScriptedServer, type WireRequest } from './scripted-server.ts';

type Leaf = { readonly path: readonly string[]; readonly value: string };

/**
 * Sends the request through the real client and returns the paths of the leaves that did not arrive,
 * such as `Tags.0.Kye`; empty if all did. Each value on the wire counts once, under its name.
 */
export async function leavesLostOnTheWire(request: WriteRequest): Promise<readonly string[]> {
  const server = await startScriptedServer(() => ({ status: 200, body: '<Answer/>' }));
  try {
    await connectTo(server).write(request);
  } catch (error) {
    // The SDK cannot parse the answer; only the request matters.
    if (server.requests.length === 0 || isAwsError(error, 'ECONNREFUSED')) throw error;
  } finally {
    await server.close();
  }
  const sent = server.requests[0];
  if (sent === undefined) return ['nothing was sent'];

  const arrived = wireLeaves(sent);
  const body = request.body === undefined ? {} : { Body: request.body.text };
  const lost: string[] = [];
  for (const leaf of leavesOf({ ...request.input, ...body }, [])) {
    const at = arrived.findIndex(
      (wire) => wire.value === leaf.value && (wire.path.length === 0 || shareName(wire, leaf)),
    );
    if (at < 0) lost.push(leaf.path.join('.'));
    else arrived.splice(at, 1);
  }
  return lost;
}

function leavesOf(value: Json | undefined, path: readonly string[]): Leaf[] {
  if (value === undefined) return [];
  if (typeof value !== 'object' || value === null) return [{ path, value: String(value) }];
  return Object.entries(value).flatMap(([key, member]) => leavesOf(member, [...path, key]));
}

/** True if the path on the wire has the leaf's member name (not an index). */
function shareName(wire: Leaf, leaf: Leaf): boolean {
  const name = leaf.path.findLast((part) => !/^\d+$/.test(part)) ?? '';
  return wire.path.some((part) => plain(part) === plain(name));
}

function plain(name: string): string {
  return name
    .toLowerCase()
    .replace(/^x-amz-/, '')
    .replaceAll('-', '');
}

/** Every value on the wire with its path; an empty path means that the value has no name there. */
function wireLeaves(request: WireRequest): Leaf[] {
  const url = new URL(request.url, 'http://host');
  const segments = url.pathname.split('/').filter((part) => part !== '');
  const folder = decodeURIComponent(segments.slice(1).join('/'));
  return [
    ...segments.map((part) => ({ path: [], value: decodeURIComponent(part) })),
    { path: [], value: folder },
    ...[...url.searchParams].map(([name, value]) => ({ path: [name], value })),
    ...Object.entries(request.headers).map(([name, value]) => ({
      path: [name],
      value: String(value),
    })),
    ...bodyLeaves(request),
  ];
}

function bodyLeaves(request: WireRequest): Leaf[] {
  if (request.headers['content-type']?.includes('form-urlencoded')) {
    return [...new URLSearchParams(request.body)].map(([name, value]) => ({
      path: name.split('.'),
      value,
    }));
  }
  if (request.headers['content-type']?.includes('x-amz-json')) {
    return leavesOf(JSON.parse(request.body) as Json, []);
  }
  if (!request.body.startsWith('<')) return [{ path: [], value: request.body }];
  return xmlLeaves(request.body);
}

function xmlLeaves(xml: string): Leaf[] {
  const leaves: Leaf[] = [];
  const path: string[] = [];
  let text = '';
  for (const [token, name] of xml.matchAll(/<\/?([\w:.-]+)[^>]*>|<\?[^>]*\?>|[^<]+/g)) {
    if (name === undefined) {
      text = token.startsWith('<?') ? '' : token;
    } else if (token.startsWith('</')) {
      if (text !== '' || !leaves.some((leaf) => leaf.path.join() === path.join())) {
        leaves.push({ path: [...path], value: unescaped(text) });
      }
      path.pop();
      text = '';
    } else if (token.endsWith('/>')) {
      leaves.push({ path: [...path, name], value: '' });
    } else {
      path.push(name);
      text = '';
    }
  }
  return leaves;
}

function unescaped(text: string): string {
  const entities: { readonly [name: string]: string } = {
    lt: '<',
    gt: '>',
    quot: '"',
    apos: "'",
    amp: '&',
  };
  return text.replaceAll(/&(?:#x([0-9a-f]+)|(\w+));/gi, (_, hex: string, name: string) =>
    hex === undefined ? (entities[name] ?? '') : String.fromCodePoint(Number.parseInt(hex, 16)),
  );
}
