/** The content of docs/structure.svg as text. */
export const description: string;
