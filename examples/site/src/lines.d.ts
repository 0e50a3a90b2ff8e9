/** The equations of a step, line by line. */
export function linesOf(text: string): { readonly head: string; readonly parts: readonly string[] }[];

/** The beginning of the line that computes an array. */
export function lineOfArray(key: string, layers: number): string | undefined;

/** The beginning of the line that a mistake changes. */
export function lineOfMistake(id: string): string | undefined;
