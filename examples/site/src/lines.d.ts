/** The equations of a step, line by line. */
export function linesOf(text: string): { readonly head: string; readonly parts: readonly string[] }[];

/** What the line of an array begins with. */
export function lineOfArray(key: string, layers: number): string | undefined;

/** What the line of a mistake begins with. */
export function lineOfMistake(id: string): string | undefined;
