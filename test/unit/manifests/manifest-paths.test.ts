import { describe, expect, it } from 'vitest';
import {
  assignManifestPaths,
  type ManifestObject,
} from '../../../src/core/manifests/manifest-paths.ts';

const one = { folder: 'manifests', namespace: 'team', name: 'a-web' } as const;
const two = { folder: 'manifests', namespace: 'team-a', name: 'web' } as const;
const plain = 'manifests/team-a-web-credentials.yaml';
const hashed = /^manifests\/team-a-web-credentials-[0-9a-f]{8}\.yaml$/;
const manifest = ({ namespace, name }: ManifestObject): string =>
  `metadata:\n  name: ${name}\n  namespace: ${namespace}\n`;

const paths = (
  objects: readonly ManifestObject[],
  files: { readonly [path: string]: string } = {},
): readonly string[] => objects.map(assignManifestPaths(objects, (path) => files[path]));

describe('the file of a manifest', () => {
  it('has the plain name if no other object has it, whatever the file contains', () => {
    expect(paths([one])).toEqual([plain]);
    expect(paths([one], { [plain]: manifest(one) })).toEqual([plain]);
    expect(paths([one], { [plain]: JSON.stringify({ metadata: one }) })).toEqual([plain]);
    expect(paths([one], { [plain]: 'no: [manifest' })).toEqual([plain]);
  });

  it('has another name for a second object, in the same run and in a later one', () => {
    expect(paths([one, two])).toEqual([plain, expect.stringMatching(hashed)]);
    expect(paths([two, one])).toEqual([plain, expect.stringMatching(hashed)]);
    expect(paths([two, one], { [plain]: manifest(one) })).toEqual([
      expect.stringMatching(hashed),
      plain,
    ]);
    expect(paths([two], { [plain]: JSON.stringify({ metadata: one }) })).toEqual([
      expect.stringMatching(hashed),
    ]);
  });

  it('keeps the name with a hash after the other file was deleted', () => {
    const [, second = ''] = paths([one, two]);
    expect(paths([two], { [second]: manifest(two) })).toEqual([second]);
  });

  it('is not longer than a file name may be', () => {
    const long = { folder: 'serviceaccounts', namespace: 'n-n', name: 'x'.repeat(225) } as const;
    const other = { ...long, namespace: 'n', name: `n-${long.name}` };
    for (const path of paths([long, other])) expect(path.length).toBeLessThan(255);
  });
});
