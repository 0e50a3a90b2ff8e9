/** Templates of HTML: inserted text is escaped, unless it is HTML already. */

/** A piece of a page. Only templates and {@link trusted} create one. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Piece = Html | string | number | undefined | false | readonly Piece[];

/** A template of HTML. Attributes must be in double quotes. */
export function html(strings: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  return new Html(strings.reduce((text, string, place) => text + textOf(pieces[place - 1]) + string));
}

function textOf(piece: Piece): string {
  if (piece === undefined || piece === false) return '';
  if (piece instanceof Html) return piece.text;
  if (typeof piece === 'object') return piece.map(textOf).join('');
  return escape(String(piece));
}

/** Marks our own HTML as safe: a style sheet, an SVG. */
export function trusted(text: string): Html {
  return new Html(text);
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Control characters do not belong in a page, and those that change the text direction would change what follows. */
function escape(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => entities[character]);
}

/** Replaces invisible characters of a text. */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}
