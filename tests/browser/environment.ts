/** Closes what a test worker kept from file to file when it has run its last one. */
import type { Environment } from 'vitest/environments';

const environment: Environment = {
  name: 'browsers',
  viteEnvironment: 'ssr',
  setup: () => ({ teardown: () => globalThis.testWorker?.close() }),
};
export default environment;
