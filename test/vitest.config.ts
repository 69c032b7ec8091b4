// One configuration for all test layers; order is random so that no test leans on another.
// The endpoint tests and those with a cluster are projects of their own: only they need the tools that
// their setup installs, moto and the AWS CLI for the one, kubectl for the other.

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
          exclude: ['test/endpoint/**', 'test/cluster/**', '**/node_modules/**'],
        },
      },
      {
        extends: true,
        test: {
          name: 'cluster',
          include: ['test/cluster/**/*.test.ts'],
          globalSetup: 'test/cluster/setup.ts',
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
