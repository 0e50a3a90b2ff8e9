/** Templates of HTML. They escape inserted text that is not yet HTML. */
import { printable, spelled } from '../../../printable.ts';

/** A piece of a page. Its text is HTML, so only templates and texts of this package may make one. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Piece = Html | string | number | undefined | false | readonly Piece[];

/** A template of HTML. Attributes must be in double quotes. */
export function html(strings: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  return new Html(strings.reduce((text, string, index) => text + textOf(pieces[index - 1]) + string));
}

function textOf(piece: Piece): string {
  if (piece === undefined || piece === false) return '';
  if (piece instanceof Html) return piece.text;
  if (typeof piece === 'object') return piece.map(textOf).join('');
  return escape(String(piece));
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => entities[character]);
}

/** An image with its data. In an `<img>`, ids, styles and texts of an SVG cannot conflict with those of the page. */
export function imageOf(type: 'png' | 'svg+xml', bytes: Uint8Array, alt: string, style?: string): Html {
  const data = Buffer.from(bytes).toString('base64');
  return html`<img
    src="data:image/${type};base64,${data}"
    ${style !== undefined && html`style="${style}"`}
    alt="${alt}"
  />`;
}

interface Rows {
  readonly title?: string | undefined;
  readonly columns: readonly string[];
  /** Cells may be HTML. */
  readonly rows: readonly (readonly Piece[])[];
  /** Index of our first row. The rows before are the paper's. */
  readonly highlightFrom?: number;
}

export function tableOf({ title, columns, rows, highlightFrom = Infinity }: Rows): Html {
  const kinds = columns.map((_, index) => (index > 0 && isNumeric(rows, index) ? html`class="number"` : ''));
  const line = (row: readonly Piece[], index: number): Html =>
    html`<tr${index >= highlightFrom && html` class="own"`}>
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

/** Whether a column has only numbers. Such columns are right-aligned. */
function isNumeric(rows: Rows['rows'], index: number): boolean {
  return rows.every(({ [index]: piece }) => {
    if (typeof piece !== 'string') return typeof piece === 'number';
    return /^([+−-]?[\d.,]+( %)?|–)?$/.test(piece);
  });
}

export function factsOf(facts: readonly (readonly [name: string, value: Piece])[]): Html {
  const visible = facts.filter(([, value]) => value !== undefined && value !== '');
  return html`<dl>
    ${visible.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl> `;
}

/** Printed names of our data sets, networks and rules. Other names stay unchanged. */
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

/** `2 averagePool` → `2 average pool`. */
export function layerWords(key: string): string {
  const [n = '', kind = ''] = key.split(' ');
  return `${n} ${spelled(wordsOf(kind))}`.trim();
}
