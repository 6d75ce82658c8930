/** Measurements of pages: run like tests, one after the other, but nothing is asserted of time. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.measure.ts'],
    fileParallelism: false,
    passWithNoTests: false,
    testTimeout: 300_000,
    hookTimeout: 120_000,
  },
});
