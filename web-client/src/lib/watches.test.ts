import { expect, it } from 'vitest';
import type { WatchView } from './protocol';
import { changed, sampleAt, spark } from './watches';

function watch(...values: (string | Error)[]): WatchView {
  return {
    watch: { id: 1, expression: 'left', author: 'host' },
    values: values.map((value, i) => ({
      stop: i + 1,
      outcome:
        value instanceof Error
          ? { error: value.message }
          : { value: { name: '', value, type: 'int', variables: null, evaluate_name: null } },
    })),
  };
}

it('numbers are a line, and the same in words', () => {
  expect(spark(watch('1', '3', '2'))).toEqual({
    points: [
      { x: 0, y: 1 },
      { x: 0.5, y: 0 },
      { x: 1, y: 0.5 },
    ],
    words: 'Last 3 values: 1, 3, 2; least 1, most 3',
  });
  expect(spark(watch('5', '5'))?.words).toMatch(/always 5$/);
});

it('what is no number, or only one, is no line', () => {
  expect(spark(watch('1'))).toBeNull();
  expect(spark(watch('1', "'a'"))).toBeNull();
  expect(spark(watch('1', new Error('NameError')))).toBeNull();
});

it('knows the value at a stop, or the one before it', () => {
  const view = watch('1', '2', '2');
  expect(sampleAt(view, 2)?.stop).toBe(2);
  expect(sampleAt(view, 9)?.stop).toBe(3);
  expect(sampleAt(view, 0)).toBeNull();
  expect(changed(view)).toBe(false);
  expect(changed(watch('1', '2'))).toBe(true);
});
