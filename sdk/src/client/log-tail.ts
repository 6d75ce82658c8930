/** The last lines of the SDK's own log, for people who agree to send them along with their opinion. */
import type { LogFields, LogLevel, LogSink } from '../core/log.js';

const MOST = 100;
const LONGEST = 512;

/** Keeps lines without personal data, and passes all of them on. */
export class LogTail {
  readonly #lines: string[] = [];

  /** A sink that keeps what it passes on to `sink`. */
  through(sink: LogSink | undefined, level: LogLevel = 'info'): LogSink {
    const ranks: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];
    return (kind, event, fields) => {
      this.#keep(`${kind} ${event} ${spelled(fields)}`);
      if (level !== 'off' && ranks.indexOf(kind) >= ranks.indexOf(level))
        sink?.(kind, event, fields);
    };
  }

  /** The last lines, oldest first. */
  get lines(): readonly string[] {
    return [...this.#lines];
  }

  #keep(line: string): void {
    this.#lines.push(line.trimEnd().slice(0, LONGEST));
    if (this.#lines.length > MOST) this.#lines.shift();
  }
}

function spelled({ pii: _private, ...fields }: LogFields): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(' ');
}
