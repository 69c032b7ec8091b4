// Starts the test files that take longest first, so that all workers end at about the same time. The
// seconds are those of one core; files that are not listed take less.

import { BaseSequencer, type TestSpecification } from 'vitest/node';

const longest = [
  'unit/rotation/rotation-explorer.test.ts',
  'flows/crash-sweep.test.ts',
  'flows/rotation/key-rotation-crash.test.ts',
  'endpoint/',
];

const place = ({ moduleId }: TestSpecification): number => {
  const index = longest.findIndex((part) => moduleId.includes(`/test/${part}`));
  return index < 0 ? longest.length : index;
};

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => place(a) - place(b));
  }
}
