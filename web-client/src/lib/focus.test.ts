import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keepFocus } from './focus';

const LIST = `
  <ul>
    <li id="a"><button>A</button></li>
    <li id="b"><button>B</button><span></span></li>
    <li id="c"><button>C</button></li>
  </ul>`;

describe('the focus of what goes', () => {
  let root: HTMLElement;
  let end: () => void;
  const one = (id: string): HTMLElement => root.querySelector(`#${id}`)!;
  /** Something of the root gets the focus and then `change` happens, of which a browser need not tell. */
  async function focused(id: string, change: () => void): Promise<string> {
    one(id).querySelector('button')!.focus();
    change();
    // As browsers have it; happy-dom leaves it on what is gone.
    if (!document.activeElement!.isConnected) (document.activeElement as HTMLElement).blur();
    await new Promise((resolve) => setTimeout(resolve));
    return document.activeElement!.id;
  }

  beforeEach(() => {
    document.body.innerHTML = `<button id="outside"></button><div id="root">${LIST}</div>`;
    root = document.getElementById('root')!;
    end = keepFocus(root);
  });
  afterEach(() => end());

  it('goes to the next of the list, to the last one after that, and then to what the list is in', async () => {
    expect(await focused('a', () => one('a').remove())).toBe('b');
    expect(await focused('c', () => one('c').remove())).toBe('b');
    expect(await focused('b', () => root.querySelector('ul')!.remove())).toBe('root');
  });

  it('stays with the item if only what was pressed goes', async () =>
    expect(await focused('b', () => one('b').querySelector('button')!.remove())).toBe('b'));

  it('is on the item as a whole, not on what else is around what was pressed', async () => {
    one('b').innerHTML = '<div><button>B</button></div>';
    expect(await focused('b', () => one('b').querySelector('button')!.remove())).toBe('b');
  });

  it('stays where somebody puts it as it goes', async () =>
    expect(
      await focused('b', () => {
        one('b').remove();
        document.getElementById('outside')!.focus();
      }),
    ).toBe('outside'));

  it('counts what has gone above meanwhile', async () => {
    expect(await focused('b', () => one('a').remove())).toBe('');
    expect(document.activeElement!.textContent).toBe('B');
    one('b').remove();
    (document.activeElement as HTMLElement).blur();
    await Promise.resolve();
    await Promise.resolve();
    expect(document.activeElement!.id).toBe('c');
  });

  it('stays where somebody puts it', async () => {
    expect(await focused('a', () => document.getElementById('outside')!.focus())).toBe('outside');
    one('a').remove();
    await new Promise((resolve) => setTimeout(resolve));
    expect(document.activeElement!.id).toBe('outside');
    expect(await focused('b', () => (document.activeElement as HTMLElement).blur())).toBe('');
    one('b').remove();
    await new Promise((resolve) => setTimeout(resolve));
    expect(document.activeElement).toBe(document.body);
  });

  it('goes back to where it was, where it is asked for that', async () => {
    end();
    end = keepFocus(root, (came) => came);
    document.getElementById('outside')!.focus();
    expect(await focused('c', () => root.querySelector('ul')!.remove())).toBe('outside');
  });
});
