/** Microphones that a test plugs in and out: tracks made by the page itself, behind the browser's own interface. */

/** A microphone: a tone, or a sound file that is played on and on. */
export interface Plug {
  readonly id: string;
  readonly hz?: number;
  /** A WAV file, in base64. */
  readonly wave?: string;
}

/** The page's side; lives at `window.plugs`. */
export interface Plugs {
  plug(microphone: Plug): void;
  unplug(id: string): void;
  /** Which microphones are on, by id. */
  on(): string[];
}

declare global {
  interface Window {
    plugs: Plugs;
  }
}

/** Puts these in place of the page's microphones, the first as the default; runs in the page. */
export function installPlugs(first: readonly Plug[]): void {
  const context = new AudioContext();
  let there = [...first];
  const live: { readonly id: string; readonly track: MediaStreamTrack; silence(): void }[] = [];
  const { mediaDevices } = navigator;

  async function sounding({ hz, wave }: Plug): Promise<AudioNode> {
    const level = context.createGain();
    if (wave === undefined) {
      level.gain.value = 0.3;
      const tone = context.createOscillator();
      tone.frequency.value = hz ?? 0;
      tone.connect(level);
      tone.start();
      return level;
    }
    const bytes = Uint8Array.from(atob(wave), (letter) => letter.charCodeAt(0));
    const played = context.createBufferSource();
    played.buffer = await context.decodeAudioData(bytes.buffer);
    played.loop = true;
    played.connect(level);
    played.start();
    return level;
  }

  mediaDevices.getUserMedia = async ({ audio } = {}) => {
    const wish = typeof audio === 'object' ? (audio.deviceId as { exact?: string }) : undefined;
    const chosen = wish?.exact ? there.find(({ id }) => id === wish.exact) : there[0];
    if (!chosen) throw new DOMException('none', wish ? 'OverconstrainedError' : 'NotFoundError');
    await context.resume();
    const source = await sounding(chosen);
    const { stream } = source.connect(context.createMediaStreamDestination());
    for (const track of stream.getAudioTracks()) {
      track.getSettings = () => ({ deviceId: chosen.id, groupId: chosen.id });
      live.push({ id: chosen.id, track, silence: () => source.disconnect() });
    }
    return stream;
  };
  mediaDevices.enumerateDevices = async () => {
    const all = there[0] ? [{ ...there[0], name: 'default' }, ...there] : [];
    return all.map(({ id, name = id }: Plug & { name?: string }) => {
      const shown = { kind: 'audioinput', deviceId: name, groupId: id, label: id } as const;
      return { ...shown, toJSON: () => shown };
    });
  };

  function pull(gone: string): void {
    for (const { id, track, silence } of live) {
      if (id !== gone || track.readyState === 'ended') continue;
      silence();
      track.stop();
      track.dispatchEvent(new Event('ended'));
    }
  }

  function become(now: Plug[]): void {
    there = now;
    mediaDevices.dispatchEvent(new Event('devicechange'));
  }

  window.plugs = {
    plug: (microphone) => become([...there, microphone]),
    unplug(gone) {
      pull(gone);
      become(there.filter(({ id }) => id !== gone));
    },
    on: () => live.filter(({ track }) => track.readyState === 'live').map(({ id }) => id),
  };
}
