/** Sounds as files: 16-bit PCM in a RIFF envelope, which every browser plays from anywhere. */

/** A telephone's band needs no more samples a second than this. */
export const WAVE_RATE = 8_000;

/** Samples from -1 to 1 as a WAV file. @param rate - Samples a second. */
export function wave(samples: Float32Array, rate: number = WAVE_RATE): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(44 + 2 * samples.length);
  const view = new DataView(bytes.buffer);
  const word = (at: number, letters: string): void => {
    for (let place = 0; place < letters.length; place++)
      bytes[at + place] = letters.charCodeAt(place);
  };
  word(0, 'RIFF');
  view.setUint32(4, 36 + 2 * samples.length, true);
  word(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, 2 * rate, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  word(36, 'data');
  view.setUint32(40, 2 * samples.length, true);
  for (const [place, sample] of samples.entries()) {
    const clipped = Math.min(1, Math.max(-1, sample));
    view.setInt16(44 + 2 * place, Math.round(clipped * 32_767), true);
  }
  return bytes;
}
