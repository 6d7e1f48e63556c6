/**
 * The oldest browsers that the page is made for. What each is held by: Chrome and Safari by `light-dark()`, Firefox by
 * popovers. `tsconfig.json`'s `lib` is what they all have of the language; `browsers.test.ts` holds the rest.
 */
export const OLDEST = { chrome: '123', edge: '123', firefox: '125', safari: '17.5', ios: '17.5' } as const;

/** As Vite and its tools spell it. */
export const TARGETS = Object.entries(OLDEST).map(([name, version]) => `${name}${version}`);
