/** Names that the library writes as one word, as a reader does. */
export const wordOf = (name) => name.replace(/[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`);
