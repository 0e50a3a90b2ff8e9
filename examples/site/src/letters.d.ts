/** For the test, which is checked by types. */
export function lettersIn(text: string): string[];
