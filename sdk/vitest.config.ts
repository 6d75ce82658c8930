/** Unit tests of the SDK: no browser, no socket, no waiting. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    passWithNoTests: false,
    // Property tests compute for seconds, and longer on a busy machine.
    testTimeout: 60_000,
    // Nothing here leaves anything behind in the process, so that one is enough.
    pool: 'threads',
    isolate: false,
  },
});
