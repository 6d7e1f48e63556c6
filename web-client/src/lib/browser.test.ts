import { afterEach, expect, it, vi } from 'vitest';
import { copyText, keep, kept, newId } from './browser';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

it('makes ids where randomUUID is missing, each another', () => {
  vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) });
  const ids = Array.from({ length: 100 }, newId);
  for (const id of ids)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(new Set(ids).size).toBe(100);
});

it('copies without a clipboard, and leaves the page as it was', async () => {
  vi.stubGlobal('navigator', {});
  const copied: string[] = [];
  document.execCommand = (): boolean => {
    copied.push((document.querySelector('textarea') as HTMLTextAreaElement).value);
    return true;
  };
  await copyText('a\nb');
  expect(copied).toEqual(['a\nb']);
  expect(document.querySelector('textarea')).toBeNull();
  document.execCommand = (): boolean => false;
  await expect(copyText('x')).rejects.toThrow('not copied');
});

it('goes on where nothing can be kept', () => {
  const refuse = (): never => {
    throw new DOMException('denied', 'SecurityError');
  };
  vi.stubGlobal('localStorage', { getItem: refuse, setItem: refuse });
  keep('a', 'b');
  expect(kept('a')).toBeNull();
});
