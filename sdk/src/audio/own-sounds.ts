/** Our own sounds, computed when one is first needed: as a file in memory, or as what Web Audio plays. */
import { synthesize, type ToneName, tone } from './tones.js';
import { WAVE_RATE, wave } from './wave.js';

/** What this piece gives. */
export interface OwnSounds {
  ownFile(name: ToneName): Uint8Array<ArrayBuffer>;
  ownBuffer(name: ToneName, context: BaseAudioContext): AudioBuffer;
}

/** One turn of a sound as a WAV file; an empty one for a name that there is no sound of. */
export function ownFile(name: ToneName): Uint8Array<ArrayBuffer> {
  return wave(samples(name, WAVE_RATE));
}

/** One turn of a sound, as many samples a second as the context wants. */
export function ownBuffer(name: ToneName, context: BaseAudioContext): AudioBuffer {
  const made = samples(name, context.sampleRate);
  const buffer = context.createBuffer(1, Math.max(1, made.length), context.sampleRate);
  buffer.copyToChannel(made, 0);
  return buffer;
}

function samples(name: ToneName, rate: number): Float32Array<ArrayBuffer> {
  return synthesize(tone(name) ?? [], rate);
}
