/** Types for the test. */
export function figuresTable(): string;
