/** How good a call was, as the vendor asks for it. */
import type { Call } from '../../client/call.js';
import { InvalidArgumentError, InvalidStateError } from './errors/classes.js';
import { FeedbackIssue, FeedbackScore } from './words.js';

function must(known: readonly unknown[], value: unknown, what: string): void {
  if (!known.includes(value)) {
    throw new InvalidArgumentError(`Feedback ${what} must be one of: ${known}`);
  }
}

/**
 * Stores a score with the call. Without a score there is nothing to store.
 *
 * @throws InvalidArgumentError at once; what else fails rejects the promise.
 */
export function postFeedback(
  call: Call | undefined,
  score?: FeedbackScore | null,
  issue?: FeedbackIssue | null,
): Promise<void> {
  if (score === undefined || score === null) return Promise.resolve();
  must(Object.values(FeedbackScore), score, 'score');
  const issues = issue === undefined || issue === null ? [] : [issue];
  for (const one of issues) must(Object.values(FeedbackIssue), one, 'issue');
  if (!call) return Promise.reject(new InvalidStateError('The call has never begun.'));
  return call.feedback({ score, issues });
}
