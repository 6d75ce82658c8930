/** Real browsers against the real server. */
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './sequence.js';

/** Tests that judge more of a sound than whether a tone is in it need a machine that does nothing else. */
const SOUND = 'audio-*.test.ts';

export default defineConfig({
  test: {
    passWithNoTests: false,
    testTimeout: 90_000,
    hookTimeout: 120_000,
    teardownTimeout: 20_000,
    // The usual second is over before a busy machine has done anything.
    expect: { poll: { timeout: 10_000 } },
    // A worker keeps a server and browsers from file to file; the environment closes them in the end.
    isolate: false,
    environment: './environment.ts',
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        // Two files at a time on two cores: sound is measured, and a third would make it late.
        extends: true,
        test: {
          name: 'calls',
          include: ['*.test.ts'],
          exclude: [SOUND],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: { name: 'sound', include: [SOUND], maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
