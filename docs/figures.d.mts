/** For the test, which is checked by types. */
export function figuresTable(): string;
