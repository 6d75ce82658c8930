/** Small changes to session descriptions (RFC 8866): what browsers have no switch for. */

/**
 * Tells the most bits a second that Opus may take on average (RFC 7587 §6.1).
 *
 * In what we send, it is a wish of ours; in what we got, the browser obeys it.
 */
export function withBitrate(sdp: string, bits: number | undefined): string {
  const payload = /^a=rtpmap:(\d+) opus\/48000/im.exec(sdp)?.[1];
  if (bits === undefined || payload === undefined) return sdp;
  const line = new RegExp(`^(a=fmtp:${payload} )(.*)$`, 'm');
  const limit = `maxaveragebitrate=${bits}`;
  if (!line.test(sdp)) {
    return sdp.replace(/^(a=rtpmap:\d+ opus\/48000.*)$/im, `$1\r\na=fmtp:${payload} ${limit}`);
  }
  return sdp.replace(line, (_all, head: string, rest: string) => {
    const others = rest
      .trim()
      .split(';')
      .filter((each) => each !== '' && !each.trim().startsWith('maxaveragebitrate='));
    return `${head}${[...others, limit].join(';')}`;
  });
}

/** Keeps the candidates of one transport only (RFC 8839 §5.1). */
export function onlyOver(sdp: string, transport: 'udp' | 'tcp' | undefined): string {
  if (transport === undefined) return sdp;
  const other = new RegExp(`^a=candidate:\\S+ \\d+ (?!${transport} )\\S+ .*\\r?\\n`, 'gim');
  return sdp.replace(other, '');
}
