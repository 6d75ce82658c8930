/** Moments at which a link may be dead unnoticed: the page comes back, the network changes. */

/** The part of a page that is listened to. */
export interface EventSourceLike {
  addEventListener(event: string, listener: (event: Event) => void): void;
  removeEventListener(event: string, listener: (event: Event) => void): void;
}

/** Where such events come from; what the platform does not have is left out. */
export interface WakeupSources {
  readonly page?: EventSourceLike | undefined;
  readonly document?: (EventSourceLike & { readonly visibilityState: string }) | undefined;
  readonly connection?: (EventSourceLike & { readonly type?: string }) | undefined;
}

/** What to call. */
export interface WakeupEvents {
  /** The page was away, or the network was. */
  back(): void;
  /** The network may be another one. */
  networkChanged(): void;
  /** The page is left. @param kept - The browser keeps it and may bring it back as it is. */
  leaving(kept: boolean): void;
}

/** Listens until the returned function is called. */
export function watchWakeups(
  { page, document, connection }: WakeupSources,
  calls: WakeupEvents,
): () => void {
  const back = (): void => calls.back();
  const moved = (): void => {
    calls.back();
    calls.networkChanged();
  };
  let type = connection?.type;
  const changed = (): void => {
    // Estimates of speed change all the time; only another kind of network is another network.
    if (connection?.type === type) return;
    type = connection?.type;
    moved();
  };
  const seen = (): void => {
    if (document?.visibilityState === 'visible') calls.back();
  };
  const hidden = (event: Event): void => {
    calls.leaving((event as PageTransitionEvent).persisted);
  };
  const pairs: [EventSourceLike | undefined, string, (event: Event) => void][] = [
    [page, 'online', moved],
    [page, 'offline', back],
    [page, 'pageshow', back],
    [page, 'pagehide', hidden],
    [document, 'visibilitychange', seen],
    [document, 'resume', back],
    [connection, 'change', changed],
  ];
  for (const [source, event, run] of pairs) source?.addEventListener(event, run);
  return () => {
    for (const [source, event, run] of pairs) source?.removeEventListener(event, run);
  };
}
