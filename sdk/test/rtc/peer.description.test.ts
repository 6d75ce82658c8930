/** What is changed in descriptions, and that nothing else is. */
import { expect, test } from 'vitest';
import { filterCandidates } from '../../src/client/preflight-run.js';
import { withBitrate } from '../../src/rtc/bitrate.js';

const SDP = [
  'v=0',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111 0',
  'a=rtpmap:111 opus/48000/2',
  'a=fmtp:111 minptime=10;useinbandfec=1',
  'a=rtpmap:0 PCMU/8000',
  'a=candidate:1 1 udp 2130706431 192.0.2.1 5000 typ host',
  'a=candidate:2 1 tcp 1518280447 192.0.2.1 5000 typ host tcptype passive',
  '',
].join('\r\n');

test('the Opus bitrate is set once', () => {
  const once = withBitrate(SDP, 24_000);
  expect(once).toContain('a=fmtp:111 minptime=10;useinbandfec=1;maxaveragebitrate=24000\r\n');
  expect(withBitrate(once, 8_000)).toContain('useinbandfec=1;maxaveragebitrate=8000\r\n');
});

test('the bitrate is added to Opus without parameters, and to no other codec', () => {
  const bare = SDP.replace(/a=fmtp.*\r\n/, '');
  expect(withBitrate(bare, 8_000)).toContain(
    'opus/48000/2\r\na=fmtp:111 maxaveragebitrate=8000\r\n',
  );
  const without = SDP.replace('opus', 'speex');
  expect(withBitrate(without, 8_000)).toBe(without);
});

test.each([
  ['udp', 1],
  ['tcp', 1],
] as const)('over %s', (transport, left) => {
  const sdp = filterCandidates(SDP, transport);
  const candidates = sdp.match(/^a=candidate.*$/gm) ?? [];
  expect(candidates).toHaveLength(left);
  for (const line of candidates) expect(line).toContain(transport);
  expect(sdp.replace(/a=candidate.*\r\n/g, '')).toBe(SDP.replace(/a=candidate.*\r\n/g, ''));
});
