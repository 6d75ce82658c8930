/** Lines on the browser's console, by the vendor's levels. */
import type { LogFields, LogLevel, LogSink } from '../../core/log.js';

/** From nothing to all; the last two are the same here. @public */
export type DebugLevel = 'OFF' | 'ERROR' | 'WARN' | 'INFO' | 'DEBUG' | 'ALL' | 'ALL-PLAIN';

type Level = Exclude<LogLevel, 'off'>;

/** How many of `LEVELS` each level lets through. */
const SHOWN: Readonly<Record<DebugLevel, number>> = {
  OFF: 0,
  ERROR: 1,
  WARN: 2,
  INFO: 3,
  DEBUG: 4,
  ALL: 4,
  'ALL-PLAIN': 4,
};
const LEVELS: readonly Level[] = ['error', 'warn', 'info', 'debug'];

/** The level of that name, in any case; nothing when there is none. */
export function debugLevel(value: unknown): DebugLevel | undefined {
  const name = typeof value === 'string' ? value.toUpperCase() : '';
  return Object.hasOwn(SHOWN, name) ? (name as DebugLevel) : undefined;
}

/** An event and its fields as text: consoles that are copied or collected show objects as `[object Object]`. */
function lineOf(event: string, fields: LogFields): string {
  const shown = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : value}`);
  return [event, ...shown].join(' ');
}

/** Writes lines that pass the level. */
export class Console {
  level: DebugLevel;

  constructor(level: DebugLevel) {
    this.level = level;
  }

  /** Takes the lines of our own client. */
  readonly sink: LogSink = (level, event, fields) => this.#write(level, lineOf(event, fields));

  error(text: string): void {
    this.#write('error', text);
  }

  warn(text: string): void {
    this.#write('warn', text);
  }

  info(text: string): void {
    this.#write('info', text);
  }

  #write(level: Level, text: string): void {
    if (LEVELS.indexOf(level) >= SHOWN[this.level]) return;
    // biome-ignore lint/suspicious/noConsole: this is where the vendor's pages look for it.
    globalThis.console[level](`[offhook] ${text}`);
  }
}
