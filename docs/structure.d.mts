/** What docs/structure.svg shows, in words. */
export const description: string;
