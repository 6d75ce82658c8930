/** Log lines as values: a name, fields, a level; where they go is the page's choice. */

/** From the most to the fewest lines. @public */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'off';

/** What a log line may carry. Personal data stands under `pii` only. @public */
export interface LogFields {
  readonly [name: string]: string | number | boolean | undefined | Readonly<Record<string, string>>;
}

/** Takes log lines that passed the level. @public */
export type LogSink = (level: Exclude<LogLevel, 'off'>, event: string, fields: LogFields) => void;

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3, off: 4 };

/**
 * Writes lines named noun.past-verb. error: gave up; warn: recovered; info: once per change of
 * state; debug: the rest.
 */
export class Log {
  readonly #sink: LogSink;
  readonly #level: LogLevel;

  constructor(sink: LogSink, level: LogLevel) {
    this.#sink = sink;
    this.#level = level;
  }

  debug(event: string, fields: LogFields = {}): void {
    this.#write('debug', event, fields);
  }

  info(event: string, fields: LogFields = {}): void {
    this.#write('info', event, fields);
  }

  warn(event: string, fields: LogFields = {}): void {
    this.#write('warn', event, fields);
  }

  error(event: string, fields: LogFields = {}): void {
    this.#write('error', event, fields);
  }

  #write(level: Exclude<LogLevel, 'off'>, event: string, fields: LogFields): void {
    if (RANK[level] >= RANK[this.#level]) this.#sink(level, event, fields);
  }
}

const MOST = 100;
const LONGEST = 512;

/** Keeps lines without personal data, and passes all of them on. */
export class LogBuffer {
  readonly #lines: string[] = [];

  /** A sink that keeps what it passes on to `sink`. */
  tee(sink: LogSink | undefined, level: LogLevel = 'info'): LogSink {
    return (kind, event, fields) => {
      this.#add(`${kind} ${event} ${format(fields)}`);
      if (RANK[kind] >= RANK[level]) sink?.(kind, event, fields);
    };
  }

  /** The last lines, oldest first. */
  get lines(): readonly string[] {
    return [...this.#lines];
  }

  #add(line: string): void {
    this.#lines.push(line.trimEnd().slice(0, LONGEST));
    if (this.#lines.length > MOST) this.#lines.shift();
  }
}

function format({ pii: _private, ...fields }: LogFields): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(' ');
}
