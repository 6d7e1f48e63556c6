/**
 * Finds things in a page by role and name. It runs in the page, of any engine, so it is one function that needs nothing
 * around it. Its names are the everyday ones; where ARIA's rules go further, a test names another thing.
 */

export interface Query {
  role?: string;
  /** The whole name, or a part that matches. */
  name?: string | { source: string };
  /** Instead of a role, where there is none. */
  css?: string;
  /** A part of its text. */
  text?: string | { source: string };
  within?: Query;
}

export interface Found {
  /** Where to press it, in the window: its middle, if nothing lies over that. */
  x: number;
  y: number;
  left: number;
  top: number;
  width: number;
  height: number;
  /** A press there reaches it. */
  reached: boolean;
  name: string;
  text: string;
  /** What a field holds. */
  value: string;
  focused: boolean;
  disabled: boolean;
}

/** With `bring` the first is brought into view. */
export function lookUp(query: Query, bring = false): Found[] {
  const SELECTORS: Record<string, string> = {
    banner: 'body header.top',
    button: 'button, summary',
    checkbox: 'input[type=checkbox]',
    dialog: 'dialog[open]',
    heading: 'h1, h2, h3',
    link: 'a[href]',
    listitem: 'li',
    navigation: 'nav',
    radio: 'input[type=radio]',
    region: 'section[aria-label], section[aria-labelledby]',
    searchbox: 'input[type=search]',
    textbox: 'textarea:not([role]), input:not([role]):not([type]), input[type=text]:not([role])',
  };
  const squeezed = (text: string | null | undefined): string => (text ?? '').replace(/\s+/g, ' ').trim();
  const fits = (text: string, wanted: Query['name'], whole: boolean): boolean => {
    if (wanted === undefined) return true;
    if (typeof wanted !== 'string') return new RegExp(wanted.source).test(text);
    return whole ? text === wanted : text.includes(wanted);
  };
  const nameOf = (element: Element): string => {
    const ids = element.getAttribute('aria-labelledby')?.split(' ') ?? [];
    if (ids.length > 0) return squeezed(ids.map((id) => document.getElementById(id)?.textContent).join(' '));
    const { labels } = element as HTMLInputElement;
    const label = labels && labels.length > 0 ? labels[0]!.textContent : null;
    const own = /^(SECTION|NAV|DIALOG|INPUT|TEXTAREA|SELECT)$/.test(element.tagName) ? '' : element.textContent;
    return squeezed(element.getAttribute('aria-label') ?? label ?? (squeezed(own) || element.getAttribute('title')));
  };
  const among = (one: Query): Element[] => {
    const scopes: ParentNode[] = one.within ? among(one.within) : [document];
    const { role } = one;
    const selector = one.css ?? [`[role="${role}"]`, ...(role && SELECTORS[role] ? [SELECTORS[role]] : [])].join(', ');
    const all = scopes.flatMap((scope) => [...scope.querySelectorAll(selector)]);
    return all.filter((element) => {
      if (element.getClientRects().length === 0 || getComputedStyle(element).visibility !== 'visible') return false;
      if (one.css === undefined && !fits(nameOf(element), one.name, true)) return false;
      return fits(squeezed(element.textContent), one.text, false);
    });
  };
  const found = among(query);
  if (bring) found[0]?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  return found.map((element) => {
    const box = element.getBoundingClientRect();
    const x = box.left + box.width / 2;
    const hits = (y: number): boolean => element.contains(document.elementFromPoint(x, y));
    const middle = box.top + box.height / 2;
    // WebKitGTK's scrollbars lie over the lower part of what scrolls sideways.
    const y = [middle, box.top + box.height / 5].find(hits) ?? middle;
    return {
      x,
      y,
      left: box.left,
      top: box.top,
      width: box.width,
      height: box.height,
      reached: hits(y),
      name: nameOf(element),
      text: squeezed(element.textContent),
      value: (element as HTMLInputElement).value ?? '',
      focused: element === document.activeElement || (element.contains(document.activeElement) && (element as HTMLElement).isContentEditable),
      disabled: (element as HTMLButtonElement).disabled || element.getAttribute('aria-disabled') === 'true',
    };
  });
}

