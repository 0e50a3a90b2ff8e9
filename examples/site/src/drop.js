/** Receives files that are dropped anywhere on the page, and passes each to the part of the page for its kind. */
import { useEffect, useState } from 'preact/hooks';
import { html } from './html.js';

/** Kinds by the ending of a name, with the text of the overlay. These files may be dropped anywhere. */
const kinds = {
  model: [/\.safetensors$/i, '.safetensors', 'a model reads your drawings, a checkpoint resumes'],
  graph: [/\.(nir|npy)$/i, '.nir, .npy', 'run as your network'],
  step: [/\.npz$/i, '.npz', 'checked as a training step'],
};
/** These files may be dropped anywhere except on fields for files. */
const others = {
  pad: [/\.(png|jpe?g|webp|gif|bmp|avif)$/i, '.png', 'read as a digit'],
  images: [/ubyte|idx|\.gz$/i, 'IDX files', 'images to train on'],
};
const accepted = Object.values({ ...others, ...kinds }).map(([, name]) => name);

/**
 * For each kind, the function that receives its files. Without WebAssembly, some are absent. `unknown` receives a sentence about
 * files of no kind.
 */
const takers = {};

/** Sets the function that receives the files of a kind. A part of the page calls it in each rendering. */
export const takeDropped = (kind, take) => (takers[kind] = take);

const match = (table, file) => Object.keys(table).find((kind) => table[kind][0].test(file.name));

/** Shows an overlay with the accepted files while a file is over the page. Prevents the browser from opening a dropped file. */
export function Drop() {
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    const over = (event) => {
      if (!event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      setOver(true);
    };
    const leave = ({ relatedTarget }) => relatedTarget || setOver(false);
    const drop = (event) => {
      const files = [...(event.dataTransfer?.files ?? [])];
      if (files.length === 0) return;
      event.preventDefault();
      setOver(false);
      const place = event.target.closest?.('[data-takes]')?.dataset.takes;
      const given = new Map();
      for (const file of files) {
        const kind = match(kinds, file) ?? place ?? match(others, file);
        given.set(kind, [...(given.get(kind) ?? []), file]);
      }
      for (const [kind, its] of given)
        if (kind) takers[kind]?.(its);
        else takers.unknown(`${its[0].name}: expected ${accepted.join(', ')}, got another kind of file`);
    };
    const heard = { dragover: over, dragleave: leave, drop };
    for (const [name, listen] of Object.entries(heard)) addEventListener(name, listen);
    return () => Object.entries(heard).forEach(([name, listen]) => removeEventListener(name, listen));
  }, []);
  if (!isOver) return undefined;
  return html`<div class="drop" data-testid="drop">
    <strong>Drop it anywhere</strong>
    <dl>
      ${Object.entries({ ...others, ...kinds }).map(
        ([kind, [, name, words]]) =>
          takers[kind] &&
          html`<dt>${name}</dt>
            <dd>${words}</dd>`,
      )}
    </dl>
  </div>`;
}
