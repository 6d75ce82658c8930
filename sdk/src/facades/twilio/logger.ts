/** The vendor's logger: levels by number or name, and lines on the console. */
import type { LogSink } from '../../core/log.js';

/** Levels by name; a lower level writes more. */
const LEVELS = { TRACE: 0, DEBUG: 1, INFO: 2, WARN: 3, ERROR: 4, SILENT: 5 } as const;
const METHODS = ['trace', 'debug', 'info', 'warn', 'error'] as const;

/** What writes a line. @public */
export type LogMethod = (...values: unknown[]) => void;

/** A level by number or name. @public */
export type LogLevelDesc = number | string;

function silent(): void {
  // A line below the level goes nowhere.
}

function levelOf(level: LogLevelDesc): number {
  const number = typeof level === 'string' ? namedLevel(level) : level;
  if (number !== undefined && number >= LEVELS.TRACE && number <= LEVELS.SILENT) return number;
  throw new TypeError(`there is no log level ${level}`);
}

function namedLevel(name: string): number | undefined {
  return LEVELS[name.toUpperCase() as keyof typeof LEVELS];
}

/** Lines with a level. Nothing is remembered over a reload. @public */
export class LeveledLogger {
  /** Levels by name. */
  readonly levels: typeof LEVELS = LEVELS;
  /** Makes the function that writes lines of one level; replace it and call `rebuild` to write elsewhere. */
  methodFactory: (method: string, level: number, logger: string) => LogMethod = (method) => {
    const out = globalThis.console as unknown as Record<string, LogMethod>;
    return (...values) => out[method === 'trace' ? 'debug' : method]?.(...values);
  };
  /** Writes a line of that level, if the level is enabled. */
  trace: LogMethod = silent;
  debug: LogMethod = silent;
  info: LogMethod = silent;
  warn: LogMethod = silent;
  error: LogMethod = silent;
  readonly #name: string;
  #level: number | undefined;
  #usual: number = LEVELS.ERROR;

  constructor(name: string) {
    this.#name = name;
    this.rebuild();
  }

  /** As `debug`. */
  get log(): LogMethod {
    return this.debug;
  }

  /** The lowest level whose lines are written. */
  getLevel(): number {
    return this.#level ?? this.#usual;
  }

  /** From now on. @throws TypeError when there is no such level. */
  setLevel(level: LogLevelDesc, _persist?: boolean): void {
    this.#level = levelOf(level);
    this.rebuild();
  }

  /** Unless `setLevel` was called. @throws TypeError when there is no such level. */
  setDefaultLevel(level: LogLevelDesc): void {
    this.#usual = levelOf(level);
    this.rebuild();
  }

  /** Undoes `setLevel`. */
  resetLevel(): void {
    this.#level = undefined;
    this.rebuild();
  }

  /** Every line. */
  enableAll(): void {
    this.setLevel(LEVELS.TRACE);
  }

  /** No line. */
  disableAll(): void {
    this.setLevel(LEVELS.SILENT);
  }

  /** Makes the functions again. */
  rebuild(): void {
    const least = this.getLevel();
    for (const [level, method] of METHODS.entries()) {
      this[method] = level < least ? silent : this.methodFactory(method, least, this.#name);
    }
  }
}

/** The one logger of this package. @public */
export const Logger: LeveledLogger = /* @__PURE__ */ new LeveledLogger('@twilio/voice-sdk');

/** Where the lines of our own client go. */
export const sink: LogSink = (level, event, fields) => Logger[level](event, fields);
