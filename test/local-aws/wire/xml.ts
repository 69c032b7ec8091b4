// XML as the REST and query protocols of AWS use it: elements and text, no attributes but xmlns.
// Reading keeps order and repetition; writing takes plain objects and arrays.

import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { AwsFault } from './protocol.ts';

/** An element: its children in order, and its text where it has none. */
export type XmlNode = {
  readonly name: string;
  readonly children: readonly XmlNode[];
  readonly text: string;
};

/** What `toXml` writes: an array repeats the element, undefined leaves it out. */
export type XmlValue =
  | string
  | number
  | boolean
  | undefined
  | readonly XmlValue[]
  | { readonly [element: string]: XmlValue };

type ParsedItem = { readonly [name: string]: unknown };

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: true,
  parseTagValue: false,
  trimValues: false,
  ignoreDeclaration: true,
  removeNSPrefix: true,
});

function toNode(name: string, items: readonly ParsedItem[]): XmlNode {
  const children: XmlNode[] = [];
  let text = '';
  for (const item of items) {
    for (const [key, value] of Object.entries(item)) {
      if (key === '#text') text += String(value);
      else if (key !== ':@') children.push(toNode(key, value as readonly ParsedItem[]));
    }
  }
  return { name, children, text: children.length === 0 ? text : '' };
}

/** Parses a request body. Anything that is not one well-formed element is 400 `MalformedXML`. */
export function parseXml(body: Buffer): XmlNode {
  const text = body.toString('utf8');
  if (text.trim() === '' || XMLValidator.validate(text) !== true) {
    throw new AwsFault(
      400,
      'MalformedXML',
      'The XML you provided was not well-formed or did not validate against our published schema',
    );
  }
  const root = toNode('', parser.parse(text) as readonly ParsedItem[]).children[0];
  if (root === undefined) throw new AwsFault(400, 'MalformedXML', 'The XML has no root element');
  return root;
}

/** First child of that name. */
export function child(node: XmlNode, name: string): XmlNode | undefined {
  return node.children.find((candidate) => candidate.name === name);
}

/** Text of the first child of that name. */
export function childText(node: XmlNode, name: string): string | undefined {
  return child(node, name)?.text;
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\r', '&#13;');
}

function element(name: string, value: XmlValue, attributes: string): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.map((item) => element(name, item, attributes)).join('');
  const inner =
    typeof value === 'object'
      ? Object.entries(value)
          .map(([key, item]) => element(key, item, ''))
          .join('')
      : escape(String(value));
  return `<${name}${attributes}>${inner}</${name}>`;
}

/** A document with its declaration. `namespace` becomes `xmlns` of the root. */
export function toXml(name: string, value: XmlValue, namespace?: string): string {
  const attributes = namespace === undefined ? '' : ` xmlns="${namespace}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element(name, value, attributes)}`;
}
