/** What a test's page can do: the SDK in the hands of a person, and an ear that tells tones apart. */
import type * as Sdk from '../../sdk/src/index.js';

/** One call's facts, as they can leave the page. */
export interface CallFacts {
  readonly id: string;
  readonly state: string;
  readonly audio: string;
  readonly from: string;
  readonly to: string;
  readonly duration: number;
  readonly ending: { cause: string; by: string; message: string } | undefined;
}

/** What an ear has heard. */
export interface Heard {
  /** Milliseconds after the call was up at which the tone first stood out; nothing if it never did. */
  readonly after: number | undefined;
  /** Decibels of the tone over everything else, in the middle one of all windows of 200 ms. */
  readonly ratio: number;
  /** Root mean square in the middle one of all windows. */
  readonly level: number;
  /** The decibels of each window, a window every 50 ms. */
  readonly ratios: readonly number[];
}

/** The page's side; lives at `window.harness`. */
export interface Harness {
  connect(options: Record<string, unknown>): Promise<string>;
  register(): Promise<void>;
  call(to: string, options?: Sdk.CallOptions): Promise<void>;
  /** Waits for the next incoming call and takes it; gives who calls. */
  answerNext(): Promise<string>;
  /** Waits for the next incoming call and leaves it ringing. */
  awaitCall(): Promise<string>;
  accept(): Promise<void>;
  whenUp(): Promise<boolean>;
  whenEnded(): Promise<CallFacts['ending']>;
  /** Waits until the first packet has come. */
  whenSounding(): Promise<void>;
  facts(): CallFacts;
  hear(hz: number, ms: number): Promise<Heard>;
  /** Tones in what the page plays at one time: the current call, or one of the sounds it makes by itself. */
  hearPlayed(tones: readonly number[], ms: number, sound?: Sdk.SoundName): Promise<Heard[]>;
  /** What has been told of this kind: `digit`, `message`, `notice`, `state`, `client`. */
  emitted(kind: string): string[];
  client: Sdk.Client;
  current: Sdk.Call;
  /** A call that a test keeps in mind while another is the current one. */
  kept?: Sdk.Call;
}

declare global {
  interface Window {
    harness: Harness;
    /** Somebody speaks into the microphone of a test that has one of its own. */
    speak?: () => void;
    Offhook: typeof Sdk;
  }
}

/**
 * Puts the harness into a page; runs there, so it can use nothing of this file.
 *
 * @param processing - Whether the browser may polish the microphone: it takes a steady tone for noise.
 */
export function install(processing: boolean): void {
  const emitted: Record<string, string[]> = {};
  const note = (kind: string, text: string): void => {
    emitted[kind] = [...(emitted[kind] ?? []), text];
  };
  let client: Sdk.Client | undefined;
  let current: Sdk.Call | undefined;
  let upAt = Number.NaN;
  const incoming: Sdk.Call[] = [];
  let waiting: ((call: Sdk.Call) => void) | undefined;
  const RATE = 48_000;
  const WINDOW = 9_600;
  const polish = {
    echoCancellation: processing,
    noiseSuppression: processing,
    autoGainControl: processing,
  };

  /** Power of a tone against the power of everything else in one window, by Hann and Fourier. */
  function weigh(
    samples: Float32Array,
    start: number,
    hz: number,
  ): { ratio: number; level: number } {
    let total = 0;
    let bare = 0;
    const windowed = new Float64Array(WINDOW);
    for (let at = 0; at < WINDOW; at++) {
      const sample = samples[start + at] ?? 0;
      const value = sample * (0.5 - 0.5 * Math.cos((2 * Math.PI * at) / WINDOW));
      windowed[at] = value;
      total += value * value;
      bare += sample * sample;
    }
    const middle = Math.round((hz * WINDOW) / RATE);
    let tone = 0;
    for (let bin = middle - 4; bin <= middle + 4; bin++) {
      let [re, im] = [0, 0];
      for (let at = 0; at < WINDOW; at++) {
        const angle = (2 * Math.PI * bin * at) / WINDOW;
        re += (windowed[at] ?? 0) * Math.cos(angle);
        im += (windowed[at] ?? 0) * Math.sin(angle);
      }
      tone += (2 * (re * re + im * im)) / WINDOW;
    }
    const rest = Math.max(total - tone, 1e-12);
    return {
      // Far below the floor of the rest: silence has no tone, and must not weigh as if half of it were one.
      ratio: 10 * Math.log10(Math.max(tone, 1e-20) / rest),
      level: Math.sqrt(bare / WINDOW),
    };
  }

  async function record(track: MediaStreamTrack, ms: number): Promise<Float32Array> {
    const recorder = new MediaRecorder(new MediaStream([track]));
    const parts: Blob[] = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    const done = new Promise((stopped) => {
      recorder.onstop = stopped;
    });
    recorder.start();
    await new Promise((later) => setTimeout(later, ms));
    recorder.stop();
    await done;
    const bytes = await new Blob(parts).arrayBuffer();
    // A track without a single packet leaves a recording with a head and no body.
    if (bytes.byteLength < 512) return new Float32Array((RATE * ms) / 1_000);
    const decoded = await new OfflineAudioContext(1, RATE, RATE).decodeAudioData(bytes);
    return decoded.getChannelData(0);
  }

  function take(call: Sdk.Call): void {
    current = call;
    call.on('state', (state) => {
      note('state', state);
      if (state === 'up') upAt = performance.now();
    });
    call.on('digit', ({ digit }) => note('digit', digit));
    call.on('message', ({ body }) => note('message', body));
    call.on('notice', ({ event }) => note('notice', event));
    call.on('error', ({ code }) => note('error', code));
    call.on('speaking-while-muted', () => note('voice', 'muted'));
  }

  const need = <Thing>(thing: Thing | undefined, what: string): Thing => {
    if (thing === undefined) throw new Error(`there is no ${what}`);
    return thing;
  };

  function next(): Promise<Sdk.Call> {
    const first = incoming.shift();
    if (first) return Promise.resolve(first);
    return new Promise((came) => {
      waiting = came;
    });
  }

  /** What is heard of each of some tones at the same time. */
  async function listen(
    track: MediaStreamTrack,
    tones: readonly number[],
    ms: number,
  ): Promise<Heard[]> {
    const lead = performance.now() - upAt;
    const samples = await record(track, ms);
    return tones.map((hz) => hearIn(samples, hz, lead));
  }

  function hearIn(samples: Float32Array, hz: number, lead: number): Heard {
    const windows: { ratio: number; level: number }[] = [];
    for (let start = 0; start + WINDOW <= samples.length; start += WINDOW / 4) {
      windows.push(weigh(samples, start, hz));
    }
    const middle = (values: number[]): number =>
      values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
    const first = windows.findIndex(({ ratio }) => ratio > 20);
    const heardAt = ((first * WINDOW) / 4 + WINDOW) / RATE;
    const ratios = windows.map(({ ratio }) => Math.round(ratio * 10) / 10);
    return {
      after: first < 0 ? undefined : Math.max(0, lead) + heardAt * 1_000,
      ratio: middle(ratios),
      level: middle(windows.map(({ level }) => level)),
      ratios,
    };
  }

  window.harness = {
    get client() {
      return need(client, 'client');
    },
    get current() {
      return need(current, 'call');
    },
    async connect(options) {
      client = await window.Offhook.connect({ microphone: polish, sounds: false, ...options });
      client.on('state', (state) => note('client', state));
      client.on('error', ({ code }) => note('error', code));
      client.on('devices', ({ added, removed, lostInput, lostOutput }) => {
        for (const { deviceId } of added) note('devices', `+ ${deviceId}`);
        const lost = `${lostInput ? ', lost input' : ''}${lostOutput ? ', lost output' : ''}`;
        for (const { deviceId } of removed) note('devices', `- ${deviceId}${lost}`);
      });
      client.on('incoming', (call) => {
        take(call);
        if (waiting) waiting(call);
        else incoming.push(call);
        waiting = undefined;
      });
      // Calls of the page before this one are there already.
      const [running] = client.calls;
      if (running) take(running);
      return client.identity?.name ?? '';
    },
    register: () => need(client, 'client').register(),
    async call(to, options = {}) {
      take(await need(client, 'client').call(to, options));
    },
    async answerNext() {
      const call = await next();
      await call.accept();
      return call.from;
    },
    async awaitCall() {
      return (await next()).from;
    },
    accept: () => need(current, 'call').accept(),
    whenUp: () => need(current, 'call').whenAnswered(),
    whenEnded: () => need(current, 'call').whenEnded(),
    async whenSounding() {
      const call = need(current, 'call');
      for (;;) {
        const { packetsReceived } = await call.sample();
        if (call.audio === 'connected' && packetsReceived > 0) return;
        await new Promise((later) => setTimeout(later, 20));
      }
    },
    facts() {
      const { id, state, audio, from, to, duration, ending } = need(current, 'call');
      return { id, state, audio, from, to, duration, ending };
    },
    async hear(hz, ms) {
      const [receiver] = need(current, 'call').connection.getReceivers();
      const [measured] = await listen(need(receiver, 'receiver').track, [hz], ms);
      return need(measured, 'tone');
    },
    async hearPlayed(tones, ms, sound) {
      const element = sound
        ? need(client, 'client').sounds.element(sound, '5')
        : need(need(current, 'call').element, 'element');
      type Captured = { captureStream?(): MediaStream; mozCaptureStream?(): MediaStream };
      const { captureStream, mozCaptureStream } = element as Captured;
      const stream = need(captureStream ?? mozCaptureStream, 'capture').call(element);
      // A file has to have come before there is anything to listen to.
      while (stream.getAudioTracks().length === 0) {
        await new Promise((later) => setTimeout(later, 20));
      }
      return listen(need(stream.getAudioTracks()[0], 'track'), tones, ms);
    },
    emitted: (kind) => emitted[kind] ?? [],
  };
}
