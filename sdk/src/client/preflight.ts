/** Tries whether and how well sound gets through. The trial itself is loaded when it is asked for. */
import { Emitter } from '../core/emitter.js';
import { OffhookError } from '../core/errors.js';
import { type Lazy, lazy } from '../core/lazy.js';
import type {
  PreflightContext,
  PreflightEvents,
  PreflightOptions,
  PreflightReport,
} from './preflight-run.js';

const loadRun: Lazy<typeof import('./preflight-run.js')> = /* @__PURE__ */ lazy(
  () => import('./preflight-run.js'),
);

/** One trial. Made by {@link Client.preflight}; it begins at once. @public */
export class Preflight extends Emitter<PreflightEvents> {
  /** The report. Never fails for reasons of the network: that is what the report is about. */
  readonly done: Promise<PreflightReport>;
  readonly #abort: AbortController = new AbortController();

  /** @internal */
  constructor(options: PreflightOptions, parts: Pick<PreflightContext, 'kit' | 'dial'>) {
    super();
    this.done = this.#run(options, {
      ...parts,
      signal: this.#abort.signal,
      emit: (event, payload) => this.emit(event, payload),
    });
    // A page that only listens to events need not handle the promise as well.
    this.done.catch((_error: OffhookError) => undefined);
  }

  /** Stops early; the report then is about what was seen until now. */
  stop(): void {
    this.#abort.abort();
  }

  async #run(options: PreflightOptions, context: PreflightContext): Promise<PreflightReport> {
    const { seconds } = options;
    if (seconds !== undefined && !(seconds >= 3 && seconds <= 80)) {
      const message = `seconds must be 3 to 80, not ${seconds}.`;
      throw new OffhookError('bad-argument', { message });
    }
    const { runPreflight } = await loadRun();
    return runPreflight(options, context);
  }
}
