/** Messages within a call: the vendor's have a type and an id, which travel in the content type of ours. */
import type { Call } from '../../client/call.js';
import type { CallMessage as Native } from '../../client/events.js';
import type { CallContext } from './adapter-types.js';
import { AuthorizationErrors, InvalidArgumentError } from './errors/classes.js';
import { messageSid } from './params.js';

/** A message. @public */
export interface CallMessage {
  /** Text, or anything that JSON can carry. */
  // biome-ignore lint/suspicious/noExplicitAny: the vendor's content is whatever the page sends.
  content: any;
  /** `application/json` by default. */
  contentType?: string;
  /** `user-defined-message`. */
  messageType: string;
  /** Its id; given by us. */
  voiceEventSid?: string;
}

const JSON_TYPE = 'application/json';
const TYPE = 'user-defined-message';
const MOST_BYTES = 10_240;

/** The messages of one call. */
export class Messages {
  readonly #context: CallContext;
  readonly #waiting: Map<string, CallMessage> = new Map();

  constructor(context: CallContext) {
    this.#context = context;
  }

  /** Sends one. @returns Its id. @throws InvalidArgumentError */
  send(call: Call, { content, contentType = JSON_TYPE, messageType }: CallMessage): string {
    if (content === undefined || content === null) {
      throw new InvalidArgumentError('`content` is empty');
    }
    if (typeof messageType !== 'string' || messageType.length === 0) {
      throw new InvalidArgumentError('`messageType` must be a non-empty string.');
    }
    const voiceEventSid = messageSid();
    const body = typeof content === 'string' ? content : JSON.stringify(content);
    const refusal = refusalOf(messageType, body);
    // The vendor's server refuses after the call has returned, and so do we.
    if (refusal) queueMicrotask(() => this.#context.emit('error', refusal));
    else {
      const id = call.sendMessage(body, `${contentType};type=${messageType};sid=${voiceEventSid}`);
      this.#waiting.set(id, { content, contentType, messageType, voiceEventSid });
    }
    return voiceEventSid;
  }

  /** The server has one of ours. */
  sent(id: string): void {
    const message = this.#waiting.get(id);
    if (!message) return;
    this.#waiting.delete(id);
    this.#context.emit('messageSent', message);
  }

  /** The other party has sent one. */
  received({ id, contentType: typed, body }: Native): void {
    const [contentType = JSON_TYPE, ...more] = typed.split(';').map((part) => part.trim());
    const fields = new Map(more.map((part) => [part.split('=')[0], part.split('=')[1]]));
    this.#context.emit('messageReceived', {
      content: contentType === JSON_TYPE ? parsed(body) : body,
      contentType,
      messageType: fields.get('type') ?? TYPE,
      voiceEventSid: fields.get('sid') ?? `KX${id}`,
    });
  }
}

function refusalOf(messageType: string, body: string): Error | undefined {
  if (messageType !== TYPE) return new AuthorizationErrors.CallMessageEventTypeInvalidError();
  const large = new TextEncoder().encode(body).length > MOST_BYTES;
  return large ? new AuthorizationErrors.PayloadSizeExceededError() : undefined;
}

/** The value of a JSON text; any other text stays a text. */
function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
