/** Access tokens that are wrong in one way only. */
import { createHmac } from 'node:crypto';

/** The same token with other claims, signed again. */
export function resigned(token: string, change: Record<string, unknown>, secret: string): string {
  const [head = '', body = ''] = token.split('.');
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as object;
  const other = Buffer.from(JSON.stringify({ ...claims, ...change })).toString('base64url');
  const signature = createHmac('sha256', secret).update(`${head}.${other}`).digest('base64url');
  return `${head}.${other}.${signature}`;
}

/** Claims of a token whose time is over. */
export function outdated(): Record<string, number> {
  const now = Math.floor(Date.now() / 1_000);
  return { iat: now - 7_200, nbf: now - 7_200, exp: now - 3_600 };
}
