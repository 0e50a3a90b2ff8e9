/** Tables and lists of a page, and printed words for names in our code. A wide table scrolls in its own box. */
import { spelled } from '../../../printable.ts';
import { html, type Html, type Piece } from './html.ts';

interface Rows {
  readonly title?: string | undefined;
  readonly columns: readonly string[];
  /** Cells may be HTML. */
  readonly rows: readonly (readonly Piece[])[];
  /** Index of our first row; the rows before it are the paper's. */
  readonly own?: number;
}

export function tableOf({ title, columns, rows, own = Infinity }: Rows): Html {
  const kinds = columns.map((_, place) => (place > 0 && isNumeric(rows, place) ? html`class="number"` : ''));
  const line = (row: readonly Piece[], place: number): Html =>
    html`<tr${place >= own && html` class="own"`}>
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

/** A column: its name, and the cell of a row. */
export type Column<Row> = readonly [name: string, cell: (row: Row, place: number) => Piece];

/** Makes a table from its columns. */
export const byColumns = <Row>(rows: readonly Row[], columns: readonly Column<Row>[]): Rows => ({
  columns: columns.map(([name]) => name),
  rows: rows.map((row, place) => columns.map(([, cell]) => cell(row, place))),
});

/** Whether a column has only numbers, which are right-aligned. */
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

/** Printed names of our data sets, networks and rules; other names are unchanged. */
const names: Readonly<Record<string, string>> = {
  mnist: 'MNIST',
  fashion: 'Fashion-MNIST',
  cifar10: 'CIFAR-10',
  nmnist: 'N-MNIST',
  'dvs-gesture': 'DVS Gesture',
  'cifar10-dvs': 'CIFAR10-DVS',
  lenet: 'LeNet',
  'lenet-nmnist': 'LeNet',
  vgg7: 'VGG7',
  'vgg7-dvs': 'VGG7',
  asf: 'ASF-BP',
  stbp: 'STBP',
  lee: 'Lee et al. 2020',
  linear: 'fully connected',
};

export const wordsOf = (name: string): string => (Object.hasOwn(names, name) ? names[name] : name);

/** `2 averagePool`, as in results → `2 average pool`. */
export function layerWords(key: string): string {
  const [n = '', kind = ''] = key.split(' ');
  return `${n} ${spelled(wordsOf(kind))}`.trim();
}
