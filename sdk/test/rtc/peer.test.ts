/** Which codecs are offered, in which order, and at which bitrate. */
import { describe, expect, test } from 'vitest';
import { chosenCodecs, Peer, type PeerOptions } from '../../src/rtc/peer.js';

const there = ['audio/opus', 'audio/red', 'audio/G722', 'audio/PCMU', 'audio/telephone-event'].map(
  (mimeType) => ({ mimeType }),
);
const names = (wanted: string[]): string[] | undefined =>
  chosenCodecs(there, wanted)?.map(({ mimeType }) => mimeType.slice(6));

test('the wanted codecs in the wanted order, and telephone-event', () => {
  expect(names(['PCMU', 'OPUS'])).toEqual(['PCMU', 'opus', 'telephone-event']);
});

test('the browser’s own choice without a wanted codec', () => {
  expect(names(['speex'])).toBeUndefined();
});

describe('the bitrate', () => {
  const SDP = ['v=0', 'a=rtpmap:111 opus/48000/2', 'a=fmtp:111 useinbandfec=1', ''].join('\r\n');

  /** What a peer sends and takes, each once. */
  async function descriptions(bitrate: number | undefined): Promise<(string | undefined)[]> {
    const connection = {
      localDescription: { sdp: SDP },
      taken: undefined as string | undefined,
      addTransceiver: () => ({ sender: {} }),
      setLocalDescription: async () => undefined,
      setRemoteDescription: async ({ sdp }: { sdp: string }) => {
        connection.taken = sdp;
      },
    };
    const make = () => connection as unknown as RTCPeerConnection;
    const options = { iceServers: [], codecs: [], bitrate, make, makeStream: () => new Set() };
    const events = { pathChanged: () => undefined, streamReceived: () => undefined };
    const peer = new Peer(options as unknown as PeerOptions, events);
    const offer = await peer.offer(false);
    await peer.accept(SDP);
    return [offer, connection.taken];
  }

  test('is limited in both descriptions', async () => {
    const limited = expect.stringContaining('useinbandfec=1;maxaveragebitrate=16000\r\n');
    expect(await descriptions(16_000)).toEqual([limited, limited]);
  });

  test('is left alone without a limit', async () => {
    expect(await descriptions(undefined)).toEqual([SDP, SDP]);
  });
});
