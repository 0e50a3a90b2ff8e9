/** Tables of a page. A long one scrolls in its own box. */
import { html, type Html, type Piece } from './html.ts';

/** Cells may be HTML. The rows at the places `own` are ours. */
export interface Rows {
  readonly title?: string | undefined;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Piece[])[];
  readonly own?: ReadonlySet<number>;
}

export function tableOf({ title, columns, rows, own }: Rows): Html {
  const kinds = columns.map((_, place) => (place > 0 && isNumeric(rows, place) ? html`class="number"` : ''));
  const line = (row: readonly Piece[], place: number): Html =>
    html`<tr${own?.has(place) && html` class="own"`}>
      ${row.map((piece, at) => (at === 0 && piece !== '' ? html`<th scope="row">${piece}</th>` : html`<td ${kinds[at]}>${piece}</td>`))}
    </tr>`;
  return html`<figure class="table">
    ${title !== undefined && html`<figcaption>${title}</figcaption>`}
    <div class="scroll" tabindex="0">
      <table>
        <thead>
          <tr>
            ${columns.map((name, at) => (name === '' ? html`<td></td>` : html`<th scope="col" ${kinds[at]}>${name}</th>`))}
          </tr>
        </thead>
        <tbody>
          ${rows.map(line)}
        </tbody>
      </table>
    </div>
  </figure>`;
}

/** Numbers are right-aligned. */
function isNumeric(rows: Rows['rows'], place: number): boolean {
  return rows.every(({ [place]: piece }) => {
    if (typeof piece !== 'string') return typeof piece === 'number';
    return /^([+−-]?[\d.,]+( %)?|–)?$/.test(piece);
  });
}

/** A list of names and values. */
export function factsOf(facts: readonly (readonly [name: string, value: Piece])[]): Html {
  const shown = facts.filter(([, value]) => value !== undefined && value !== '');
  return html`<dl>
    ${shown.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl> `;
}
