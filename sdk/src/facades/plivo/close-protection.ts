/** Asks before the page is left in a call, beside whatever the page itself asks. */

const WORDS = 'A call is in progress. Leaving or reloading this page will end it.';

/** Asks as long as `wanted` says so. Gives the function that stops that. */
export function protectFromClosing(wanted: () => boolean): () => void {
  if (typeof window === 'undefined') return () => undefined;
  const ask = (event: BeforeUnloadEvent): string | undefined => {
    if (!wanted()) return undefined;
    event.preventDefault();
    event.returnValue = WORDS;
    return WORDS;
  };
  window.addEventListener('beforeunload', ask);
  return () => window.removeEventListener('beforeunload', ask);
}
