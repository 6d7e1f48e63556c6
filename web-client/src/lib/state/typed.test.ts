import { describe, expect, it } from 'vitest';
import { ApiError } from '../api';
import { Typed } from './typed.svelte';

/** Sends what is typed; gives what answers. */
function sent(typed: Typed, text: string): { lines: string[]; answer: (error?: ApiError) => Promise<void> } {
  const lines: string[] = [];
  let end = (_error?: ApiError): void => undefined;
  typed.text = text;
  const done = typed.send((line) => {
    lines.push(line);
    return new Promise<void>((resolve, reject) => {
      end = (error) => (error ? reject(error) : resolve());
    });
  });
  return { lines, answer: (error) => (end(error), done) };
}

const REFUSED = new ApiError('too_large', 'Too long.', 0);

describe('a line that is typed', () => {
  it('leaves the field at once, and nothing that is typed meanwhile is lost', async () => {
    const typed = new Typed();
    const { lines, answer } = sent(typed, '  now ');
    expect(lines).toEqual(['now']);
    expect(typed.text).toBe('');
    typed.text = 'self.ho';
    await answer();
    expect(typed).toMatchObject({ text: 'self.ho', trouble: null });
  });

  it('comes back when it is refused', async () => {
    const typed = new Typed();
    await sent(typed, 'x').answer(REFUSED);
    expect(typed).toMatchObject({ text: 'x', trouble: expect.stringContaining('Too long.') as string });
    await sent(typed, 'y').answer();
    expect(typed.trouble).toBeNull();
  });

  it('is said with why, when something else is typed by then', async () => {
    const typed = new Typed();
    const { answer } = sent(typed, 'x');
    typed.text = 'more';
    await answer(REFUSED);
    expect(typed).toMatchObject({
      text: 'more',
      trouble: expect.stringMatching(/^“x”: .*Too long\./) as string,
    });
  });

  it('is sent once, however often Enter is pressed, and not at all if it is empty', () => {
    const typed = new Typed();
    const { lines } = sent(typed, 'x');
    void typed.send((line) => Promise.resolve(lines.push(line)));
    typed.text = ' ';
    void typed.send((line) => Promise.resolve(lines.push(line)));
    expect(lines).toEqual(['x']);
  });
});
