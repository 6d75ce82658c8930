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

  async function sounding({ hz, wave }: Plug): Promise<AudioScheduledSourceNode> {
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

  async function open({ audio }: MediaStreamConstraints): Promise<MediaStream> {
    const wish = typeof audio === 'object' ? (audio.deviceId as { exact?: string }) : undefined;
    const chosen = wish?.exact ? there.find(({ id }) => id === wish.exact) : there[0];
    if (!chosen)
      throw new DOMException('none', wish?.exact ? 'OverconstrainedError' : 'NotFoundError');
    await context.resume();
    const source = await sounding(chosen);
    const gain = context.createGain();
    gain.gain.value = chosen.wave === undefined ? 0.3 : 1;
    const out = context.createMediaStreamDestination();
    source.connect(gain).connect(out);
    source.start();
    const [track] = out.stream.getAudioTracks();
    if (!track) throw new Error('no track');
    track.getSettings = () => ({ deviceId: chosen.id, groupId: chosen.id });
    live.push({ id: chosen.id, track, silence: () => gain.disconnect() });
    return out.stream;
  }

  async function list(): Promise<MediaDeviceInfo[]> {
    const one = (deviceId: string, groupId = deviceId): MediaDeviceInfo => {
      const shown = { kind: 'audioinput', deviceId, groupId, label: groupId } as const;
      return { ...shown, toJSON: () => shown };
    };
    return there[0] ? [one('default', there[0].id), ...there.map(({ id }) => one(id))] : [];
  }

  mediaDevices.getUserMedia = (constraints = {}) => open(constraints);
  mediaDevices.enumerateDevices = list;
  const changed = (): void => void mediaDevices.dispatchEvent(new Event('devicechange'));
  window.plugs = {
    plug(microphone) {
      there = [...there, microphone];
      changed();
    },
    unplug(gone) {
      there = there.filter(({ id }) => id !== gone);
      for (const { id, track, silence } of live) {
        if (id !== gone || track.readyState === 'ended') continue;
        silence();
        track.stop();
        track.dispatchEvent(new Event('ended'));
      }
      changed();
    },
    on: () => live.filter(({ track }) => track.readyState === 'live').map(({ id }) => id),
  };
}
