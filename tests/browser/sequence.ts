/** The order of test files: those that take longest come first, so that no worker waits for the other in the end. */
import { basename } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const LONG = [
  'scenarios-firefox',
  'softphone-panels',
  'scenarios-chromium',
  'sounds',
  'networks',
  'calls',
  'softphone-endings',
  'softphone-calls',
  'several',
  'losses',
  'plivo',
  'restart',
  'twilio',
];

/** Where a file comes among the long ones. */
function place({ moduleId }: TestSpecification): number {
  const at = LONG.indexOf(basename(moduleId, '.test.ts'));
  return at < 0 ? LONG.length : at;
}

/** Without a file of results of an earlier run, the usual order is by the size of files. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const usual = await super.sort(files);
    const group = ({ project }: TestSpecification): number => project.config.sequence.groupOrder;
    return usual.toSorted((a, b) => group(a) - group(b) || place(a) - place(b));
  }
}
