/** What few pages need, or none before it talks: each piece is loaded when it is first asked for. */
import { type Later, later } from '../core/later.js';

/** Samples of a running call, its warnings, and why nothing is heard. */
export const loadQuality: Later<typeof import('./call-quality.js')> = /* @__PURE__ */ later(
  () => import('./call-quality.js'),
);
/** Our own sounds. */
export const loadSounds: Later<typeof import('../audio/own-sounds.js')> = /* @__PURE__ */ later(
  () => import('../audio/own-sounds.js'),
);
/** Keys as tones in the voice. */
export const loadInBand: Later<typeof import('../audio/in-band.js')> = /* @__PURE__ */ later(
  () => import('../audio/in-band.js'),
);
/** Speech of somebody who is muted. */
export const loadVoice: Later<typeof import('../audio/voice.js')> = /* @__PURE__ */ later(
  () => import('../audio/voice.js'),
);
/** The network check. */
export const loadPreflight: Later<typeof import('./preflight-run.js')> = /* @__PURE__ */ later(
  () => import('./preflight-run.js'),
);
/** Noise reduction; what it runs comes after it. */
export const loadReduction: Later<typeof import('../audio/noise/rnnoise.js')> =
  /* @__PURE__ */ later(() => import('../audio/noise/rnnoise.js'));
