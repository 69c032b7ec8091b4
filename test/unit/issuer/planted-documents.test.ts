// Documents that somebody who can write to the bucket or the documents folder puts there: each reader ends
// in one of our errors or reads plain data, whatever stands in them.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePolicy } from '../../../src/aws/policy-document.ts';
import { BootstrapError } from '../../../src/core/errors.ts';
import { namesOf } from '../../../src/core/inventory/clusters.ts';
import { parseDiscovery, renderDiscovery } from '../../../src/core/issuer/discovery.ts';
import { readServedDiscovery } from '../../../src/core/issuer/served-discovery.ts';
import { parseJwks, readableKeys, renderJwks } from '../../../src/core/keys/jwks.ts';
import { parseRemovedKeys } from '../../../src/core/keys/removed-keys.ts';
import { readServedKeys } from '../../../src/core/keys/served-keys.ts';
import { canonicalPolicy } from '../../../src/core/policy.ts';
import { readDocumentsState } from '../../../src/core/rotation/documents-state.ts';
import { parseRotationState } from '../../../src/core/rotation/parse-state.ts';
import { shellWord } from '../../../src/core/shell-word.ts';

const issuer = 'https://issuer.example.com';
const policyOf = { operation: 'iam:GetRole', of: 'r' };

/** Everything that reads a document, and then writes or compares what it read. */
const readers: readonly (readonly [string, (text: string) => unknown])[] = [
  ['parseJwks', (text) => renderJwks(parseJwks(text, 's'))],
  ['readableKeys', (text) => renderJwks(readableKeys(text).keys)],
  ['readServedKeys', (text) => renderJwks(readServedKeys(text, 's').keys)],
  ['parseDiscovery', (text) => renderDiscovery(issuer, { text, ...parseDiscovery(text, 's') })],
  [
    'readServedDiscovery',
    (text) => {
      const read = readServedDiscovery(text, { issuer, shown: 's' });
      return 'broken' in read ? read.broken : renderDiscovery(issuer, read);
    },
  ],
  ['parseRotationState', (text) => parseRotationState(text, 's')],
  ['parseRemovedKeys', (text) => parseRemovedKeys(text)],
  ['readDocumentsState', (text) => readDocumentsState(text, { issuer, shown: 's' })],
  ['decodePolicy', (text) => canonicalPolicy(decodePolicy(text, policyOf))],
];

const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
const planted = [
  '',
  'null',
  '[]',
  '"text"',
  '\uFEFF{}',
  '{"keys":null,"issuer":7,"removed":{},"Statement":"x"}',
  `{"keys":[{"kid":"a","kty":"RSA","x":${deep}}]}`,
  `{"issuer":"${issuer}","x":${deep}}`,
  `{"schemaVersion":1,"removed":[],"x":${deep}}`,
  `{"Statement":{"Condition":{"x":${deep}}}}`,
  deep,
  `{"__proto__":{"keys":[],"issuer":"${issuer}","polluted":1},"constructor":{"prototype":{"polluted":1}}}`,
  `{"keys":[{"kid":"a","__proto__":{"d":"1","polluted":1}}],"issuer":"${issuer}","jwks_uri":{"__proto__":1}}`,
  '{"keys":[{"kid":"__proto__"},{"kid":"constructor"},{"kid":"toString"}]}',
  '{"schemaVersion":1,"removed":[{"keyId":"__proto__","reason":"constructor","at":"x"}]}',
];

describe('a planted document', () => {
  it.each(readers)('is data or an error of ours: %s', (_, read) => {
    for (const text of planted) {
      try {
        read(text);
      } catch (error) {
        expect(error, text.slice(0, 80)).toBeInstanceOf(BootstrapError);
        expect((error as Error).message.length).toBeLessThan(1000);
      }
      expect({}).not.toHaveProperty('polluted');
    }
  });

  it('with any JSON in it is data or an error of ours', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const bodies = [value, { keys: [value] }, { issuer, jwks_uri: value }, { removed: value }];
        for (const body of bodies) {
          for (const [, read] of readers) {
            try {
              read(JSON.stringify(body));
            } catch (error) {
              expect(error).toBeInstanceOf(BootstrapError);
            }
          }
        }
      }),
      { numRuns: 50 },
    );
  });

  it('has no key whose ID is a word of JavaScript', () => {
    for (const kid of ['__proto__', 'constructor', 'hasOwnProperty']) {
      const text = JSON.stringify({ keys: [{ kid, kty: 'RSA' }] });
      expect(() => parseJwks(text, 's')).toThrow(`"${kid}", which is a word of JavaScript`);
      expect(readableKeys(text)).toEqual({ keys: [], whole: false });
    }
  });
});

describe('what others named, in a command of a message', () => {
  it('is one word of the shell', () => {
    const kid = `x\`id\`'; rm -rf ~ #`;
    expect(shellWord(kid)).toBe(String.raw`'x${'`id`'}'\''; rm -rf ~ #'`);
    expect(shellWord('')).toBe("''");
    for (const plain of ['k3-_Y.z', 'https://a.b/c', 'arn:aws:iam::1:role/x', './out/tls']) {
      expect(shellWord(plain)).toBe(plain);
    }
  });

  it('as the name of a cluster is a name, or left out', () => {
    const owned = (name: string): object => ({ [`oidc-bootstrap/${name}`]: 'owned' });
    const tags = Object.assign({}, ...['c', 'my.c-1', 'x;id', '$(id)', '-o', 'a b'].map(owned));
    expect(namesOf(tags).map(({ name }) => name)).toEqual(['c', 'my.c-1']);
  });
});
