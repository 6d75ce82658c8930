/** What a call does through its client: with other calls, with the server, with what people think. */
import type { PacketStats } from '../quality/diagnosis.js';
import type { Feedback } from './options.js';

/** One call's deeds. */
export interface CallDeeds {
  /** Another call of this page is about to be taken. */
  makeRoom(others: 'hold' | 'hangup'): void;
  transfer(target: { readonly to: string } | { readonly with: string }): Promise<void>;
  feedback(feedback: Feedback): Promise<void>;
  packetStats(): Promise<PacketStats>;
  /** The call was muted, or somebody has begun to care whether there is speech meanwhile. */
  watchMuted(): void;
}
