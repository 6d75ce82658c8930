/** Text messages between the parties of a call. */
import { within } from './elements.js';
import { announcePolitely, showError } from './notices.js';
import { other } from './peers.js';
import type { Call } from './sdk.js';

/** The messages, and the field to write one. */
export class MessagesPanel {
  readonly #call: Call;
  readonly #element: HTMLElement;
  readonly #opener: HTMLButtonElement;
  readonly #sending: Map<string, HTMLElement> = new Map();
  #unread = 0;

  constructor(call: Call, element: HTMLElement, opener: HTMLButtonElement) {
    this.#call = call;
    this.#element = element;
    this.#opener = opener;
    const text = within(element, '.text', HTMLInputElement);
    within(element, '.pen', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      if (this.#send(text.value.trim())) text.value = '';
    });
    call.on('message', ({ contentType, body }) => this.#received(contentType, body));
    call.on('message-sent', ({ id }) => {
      this.#sending.get(id)?.removeAttribute('data-sending');
      this.#sending.delete(id);
    });
  }

  /** Shows how many are unread; none is while they are in sight. */
  show(): void {
    if (!this.#element.hidden) this.#unread = 0;
    const text = this.#unread > 0 ? `Write · ${this.#unread}` : 'Write';
    this.#opener.textContent = text;
    this.#opener.dataset['unread'] = String(this.#unread > 0);
  }

  #send(body: string): boolean {
    if (body === '') return false;
    try {
      const id = this.#call.sendMessage(body);
      const item = this.#add('You', body);
      item.dataset['sending'] = 'true';
      this.#sending.set(id, item);
      return true;
    } catch (error) {
      showError(error);
      return false;
    }
  }

  #received(contentType: string, body: string): void {
    const from = other(this.#call);
    this.#add(from, body).title = contentType;
    if (!this.#element.hidden) return;
    this.#unread += 1;
    // A visible list is announced by itself.
    announcePolitely(`Message from ${from}: ${body}`);
    this.show();
  }

  #add(from: string, body: string): HTMLElement {
    const item = document.createElement('li');
    item.dataset['mine'] = String(from === 'You');
    const who = document.createElement('span');
    who.className = 'sr';
    who.textContent = `${from}: `;
    item.append(who, body);
    const list = within(this.#element, '.said', HTMLOListElement);
    list.append(item);
    list.scrollTop = list.scrollHeight;
    return item;
  }
}
