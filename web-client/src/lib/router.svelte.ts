/**
 * A small router over the History API. In: clicks on links of this page, back and forward. Out: `router.route`.
 * Why our own: five fixed paths; a framework would weigh more than all of them.
 */

/** Where the person is. */
export type Route =
  | { page: 'sessions' }
  | { page: 'sign-in' }
  | { page: 'join' }
  | { page: 'live'; session: string }
  | { page: 'recording'; session: string }
  | { page: 'not-found' };

/** The page of a path. */
export function match(pathname: string): Route {
  const [first = '', second = '', ...rest] = pathname.split('/').filter(Boolean).map(decoded);
  if (rest.length > 0) return { page: 'not-found' };
  if (first === '' && second === '') return { page: 'sessions' };
  if (first === 'sign-in' && second === '') return { page: 'sign-in' };
  if (first === 'join' && second === '') return { page: 'join' };
  if (first === 's' && second !== '') return { page: 'live', session: second };
  if (first === 'r' && second !== '') return { page: 'recording', session: second };
  return { page: 'not-found' };
}

/** An address that was cut off in the middle of an escape is no reason to show nothing. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

class Router {
  route = $state<Route>(match(location.pathname));
  /** The fragment with its `#`, kept current for moments of recordings. */
  hash = $state(location.hash);
  /** Whether this is no more the page that was opened first. */
  moved = false;

  constructor() {
    const read = (): void => this.#read();
    addEventListener('popstate', read);
    addEventListener('hashchange', read);
  }

  /** Goes to a page of ours. */
  go(path: string): void {
    history.pushState(null, '', path);
    this.#read();
  }

  /** Goes there without a way back to here. */
  replace(path: string): void {
    history.replaceState(null, '', path);
    this.#read();
  }

  /** Takes over plain clicks on links within this page. */
  onclick = (event: MouseEvent): void => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey)
      return;
    const link = (event.target as Element | null)?.closest('a');
    if (!link || link.target || link.origin !== location.origin || link.hasAttribute('download')) return;
    if (link.pathname.startsWith('/api/')) return;
    event.preventDefault();
    this.go(link.pathname + link.search + link.hash);
  };

  #read(): void {
    const next = match(location.pathname);
    if (JSON.stringify(next) !== JSON.stringify(this.route)) {
      this.moved = true;
      this.route = next;
    }
    this.hash = location.hash;
  }
}

export const router = new Router();
