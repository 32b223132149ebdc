import { defineConfig } from 'vitest/config';

/** Long runs of random faults, apart from the default suite: `vitest run --config test/chaos.vitest.config.ts`. */
export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.chaos.ts'],
    globalSetup: ['test/support/global-setup-on-disk.ts'],
    maxWorkers: 1,
  },
});
