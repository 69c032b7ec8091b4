// One configuration for all test layers; order is random so that no test leans on another.
// The endpoint tests are a project of their own: only they need Python tools, installed by their setup.

import { defineConfig } from 'vitest/config';
import { LongestFirst } from './longest-first.ts';

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    sequence: { shuffle: { files: false, tests: true }, sequencer: LongestFirst },
    testTimeout: 60_000,
    hookTimeout: 120_000,
    restoreMocks: true,
    // Vitest leaves one of two cores idle by itself.
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'program',
          include: ['test/**/*.test.ts'],
          exclude: ['test/endpoint/**', '**/node_modules/**'],
        },
      },
      {
        extends: true,
        test: {
          name: 'endpoint',
          include: ['test/endpoint/**/*.test.ts'],
          globalSetup: 'test/endpoint/setup.ts',
          testTimeout: 300_000,
        },
      },
    ],
  },
});
