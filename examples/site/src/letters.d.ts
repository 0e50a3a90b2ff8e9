/** Types for the test. */
export function lettersIn(text: string): string[];
