/** What the program that embeds a page gives it: time, chance, sockets and media. All of it returns at once. */

declare global {
  /** Milliseconds since the story began. */
  function hostNow(): number;
  /** Milliseconds since 1970. */
  function hostWall(): number;
  function hostRandom(): number;
  /** Calls `pageFire(id)` later. */
  function hostTimer(id: number, ms: number): void;
  function hostCancel(id: number): void;
  /** Answered later by `pageOpened(id)` or `pageClosed(id, code)`. */
  function hostOpen(id: number): void;
  function hostSend(id: number, text: string): void;
  function hostClose(id: number, code: number): void;
  /** An operation of the media engine, as JSON in both directions. */
  function hostMedia(operation: string, leg: number, args: string): string;
  /** Something that a page's program would see, as JSON. */
  function hostEvent(event: string): void;
}

/** Does something with the media engine. @throws what the engine refuses. */
export function media<Result>(operation: string, leg: number, ...args: unknown[]): Result {
  const { value, error } = JSON.parse(hostMedia(operation, leg, JSON.stringify(args))) as {
    value?: Result;
    error?: string;
  };
  if (error !== undefined) throw new Error(error);
  return value as Result;
}

export function emit(event: Readonly<Record<string, unknown>>): void {
  hostEvent(JSON.stringify(event));
}
