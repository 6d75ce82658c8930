/** What is loaded when it is first asked for; each piece is bundled by itself. */
import { type Later, later } from '../../core/later.js';

/** Samples and warnings. */
export const loadMeasures: Later<typeof import('./measures.js')> = /* @__PURE__ */ later(
  () => import('./measures.js'),
);
/** The trial of `PreflightTest`. */
export const loadTrial: Later<typeof import('./preflight-trial.js')> = /* @__PURE__ */ later(
  () => import('./preflight-trial.js'),
);
