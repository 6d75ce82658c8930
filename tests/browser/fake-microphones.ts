/** Microphones that a test plugs in and out: tracks made by the page itself, behind the browser's own interface. */
import type { Page } from 'puppeteer-core';

/** A microphone: a tone, or a sound file that is played on and on. */
export interface FakeMicrophone {
  readonly id: string;
  readonly hz?: number;
  /** A WAV file, in base64. */
  readonly wave?: string;
}

/** The page's side; lives at `window.plugs`. */
export interface FakeMicrophones {
  plug(microphone: FakeMicrophone): void;
  unplug(id: string): void;
  /** The person does not let the page use any. */
  forbid(on: boolean): void;
  /** Which microphones are on, by id. */
  on(): string[];
}

declare global {
  interface Window {
    fakeMicrophones: FakeMicrophones;
    /** Makes a microphone's sound. */
    voice(microphone: FakeMicrophone): Promise<{ readonly stream: MediaStream; silence(): void }>;
  }
}

/** Lets a page make a microphone's sound; runs in the page. */
function installVoices(rate: number | undefined): void {
  const context = new AudioContext(rate === undefined ? {} : { sampleRate: rate });

  async function source({
    hz,
    wave,
  }: FakeMicrophone): Promise<OscillatorNode | AudioBufferSourceNode> {
    if (wave === undefined) {
      const tone = context.createOscillator();
      tone.frequency.value = hz ?? 0;
      return tone;
    }
    const bytes = Uint8Array.from(atob(wave), (letter) => letter.charCodeAt(0));
    const played = context.createBufferSource();
    played.buffer = await context.decodeAudioData(bytes.buffer);
    played.loop = true;
    return played;
  }

  window.voice = async (microphone) => {
    await context.resume();
    const level = context.createGain();
    level.gain.value = microphone.wave === undefined ? 0.3 : 1;
    const out = context.createMediaStreamDestination();
    level.connect(out);
    const sounding = await source(microphone);
    sounding.connect(level);
    sounding.start();
    return { stream: out.stream, silence: () => level.disconnect() };
  };
}

/** Puts these in place of the page's microphones, the first as the default; runs in the page. */
function installMicrophones(first: readonly FakeMicrophone[]): void {
  let there = [...first];
  let forbidden = false;
  const live: { readonly id: string; readonly track: MediaStreamTrack; silence(): void }[] = [];
  const { mediaDevices } = navigator;

  mediaDevices.getUserMedia = async ({ audio } = {}) => {
    if (forbidden) throw new DOMException('no', 'NotAllowedError');
    const asked = typeof audio === 'object' ? (audio.deviceId as { exact?: string }) : undefined;
    const chosen = asked?.exact ? there.find(({ id }) => id === asked.exact) : there[0];
    if (!chosen) throw new DOMException('none', asked ? 'OverconstrainedError' : 'NotFoundError');
    const { stream, silence } = await window.voice(chosen);
    for (const track of stream.getAudioTracks()) {
      track.getSettings = () => ({ deviceId: chosen.id, groupId: chosen.id });
      live.push({ id: chosen.id, track, silence });
    }
    return stream;
  };
  mediaDevices.enumerateDevices = async () => {
    const all = there[0] ? [{ ...there[0], name: 'default' }, ...there] : [];
    return all.map(({ id, name = id }: FakeMicrophone & { name?: string }) => {
      const shown = { kind: 'audioinput', deviceId: name, groupId: id, label: id } as const;
      return { ...shown, toJSON: () => shown };
    });
  };

  function become(now: FakeMicrophone[]): void {
    there = now;
    mediaDevices.dispatchEvent(new Event('devicechange'));
  }

  window.fakeMicrophones = {
    plug: (microphone) => become([...there, microphone]),
    unplug(gone) {
      for (const { id, track, silence } of live) {
        if (id !== gone || track.readyState === 'ended') continue;
        silence();
        track.stop();
        track.dispatchEvent(new Event('ended'));
      }
      become(there.filter(({ id }) => id !== gone));
    },
    forbid(on) {
      forbidden = on;
    },
    on: () => live.filter(({ track }) => track.readyState === 'live').map(({ id }) => id),
  };
}

/** Puts these in place of a page's microphones, the first as the default. @param rate - Theirs, in Hz. */
export async function plugIn(
  page: Page,
  first: readonly FakeMicrophone[],
  rate?: number,
): Promise<void> {
  await page.evaluate(installVoices, rate);
  await page.evaluate(installMicrophones, first);
}
