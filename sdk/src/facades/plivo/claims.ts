/** What an access token says of itself. It is the server that checks it; this is for the page's own use. */

/** The claims that the SDK looks at. */
export interface Claims {
  readonly issuer: string;
  readonly subject: string | undefined;
  /** Seconds since 1970. */
  readonly expires: number;
  readonly incoming: boolean;
  readonly outgoing: boolean;
}

/** The claims of a token; nothing when it is no token, or one without what every token must have. */
export function claimsOf(token: unknown): Claims | undefined {
  const payload = payloadOf(token);
  if (!payload) return undefined;
  const { iss, nbf, exp, sub, per, grants } = payload;
  if (typeof iss !== 'string' || typeof nbf !== 'number' || typeof exp !== 'number') {
    return undefined;
  }
  if (sub !== undefined && typeof sub !== 'string') return undefined;
  const voice = field(field({ per, grants }, per === undefined ? 'grants' : 'per'), 'voice');
  return {
    issuer: iss,
    subject: sub,
    expires: exp,
    incoming: field(voice, 'incoming_allow') === true,
    outgoing: field(voice, 'outgoing_allow') === true,
  };
}

function payloadOf(token: unknown): Record<string, unknown> | undefined {
  const part = typeof token === 'string' ? token.split('.')[1] : undefined;
  if (!part) return undefined;
  try {
    const text = atob(part.replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
    const payload: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof payload === 'object' && payload !== null
      ? (payload as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Record<string, unknown>)[name]
    : undefined;
}
