/** The bitrate that a description asks for: few pages set one, and only they load this. */

/**
 * Sets the most bits a second that Opus may take on average (RFC 7587 §6.1).
 *
 * In a description that is sent it asks the server; in one that was received, the browser obeys it.
 */
export function withBitrate(sdp: string, bits: number): string {
  const payload = /^a=rtpmap:(\d+) opus\/48000/im.exec(sdp)?.[1];
  if (payload === undefined) return sdp;
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
