/**
 * The former value as long as the next one says the same, so that nothing that follows from it is done again. For small plain
 * values; functions in them aren't compared.
 */
export function steady<T>(): (next: T) => T {
  let last: { value: T; text: string } | null = null;
  return (value) => {
    const text = JSON.stringify(value);
    if (last?.text !== text) last = { value, text };
    return last.value;
  };
}
