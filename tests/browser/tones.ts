/** The voice of a test: a tone in a WAV file, so that each speaker can be recognised. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const RATE = 48_000;
/** Whole seconds of a whole number of hertz join without a click when the browser plays them again. */
const SECONDS = 2;

/** Writes a tone as 16-bit mono PCM at 48 kHz. Gives the file's path. */
export function toneFile(hz: number): string {
  const samples = Float32Array.from(
    { length: RATE * SECONDS },
    (_, index) => (9_000 / 32_767) * Math.sin((2 * Math.PI * hz * index) / RATE),
  );
  return waveFile(String(hz), samples);
}

/** Writes samples from -1 to 1 as 16-bit mono PCM at 48 kHz. Gives the file's path. */
export function waveFile(name: string, samples: Float32Array): string {
  const wav = Buffer.alloc(44 + samples.length * 2);
  wav.write('RIFF', 0);
  wav.writeUInt32LE(36 + samples.length * 2, 4);
  wav.write('WAVEfmt ', 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(RATE, 24);
  wav.writeUInt32LE(RATE * 2, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36);
  wav.writeUInt32LE(samples.length * 2, 40);
  for (const [index, sample] of samples.entries()) {
    wav.writeInt16LE(Math.round(32_767 * Math.min(1, Math.max(-1, sample))), 44 + index * 2);
  }
  const file = join(mkdtempSync(join(tmpdir(), 'offhook-tone-')), `${name}.wav`);
  writeFileSync(file, wav);
  return file;
}
