import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 40_000,
    hookTimeout: 60_000,
    // most tests wait for something most of the time
    maxWorkers: 4,
    projects: [
      // those beside their source keep nothing between files: a worker for each would be a third of their time
      { extends: true, test: { name: 'units', include: ['src/**/*.test.ts'], isolate: false } },
      { extends: true, test: { name: 'whole', include: ['test/**/*.test.ts'] } },
    ],
    // for the processes that tests start: half of their time is compiling
    env: { NODE_COMPILE_CACHE: new URL('../node_modules/.cache/compiled', import.meta.url).pathname },
  },
});
