/**
 * Real browsers against the real server, two files at a time: people in calls mostly wait, so that one file alone
 * leaves most of two cores idle.
 */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['*.test.ts'],
    maxWorkers: 2,
    passWithNoTests: false,
    testTimeout: 90_000,
    hookTimeout: 120_000,
    teardownTimeout: 20_000,
  },
});
