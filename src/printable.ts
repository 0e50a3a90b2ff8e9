/** What may not reach a terminal: controls, and what turns the direction of a text. */
// eslint-disable-next-line no-control-regex
const unprintable = /[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** A text of one line, as it was but for what is unprintable. */
export function oneLine(text: string): string {
  return text.replace(unprintable, '?');
}

/** Lines of output. What is unprintable in them becomes its escape, which in JSON is the same text. */
export function printable(lines: string): string {
  return lines.replace(unprintable, (character) =>
    /[\n\t]/.test(character) ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
