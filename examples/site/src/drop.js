/** Takes files that are dropped anywhere on the page, and passes each to the part of the page for its kind. */
import { useEffect, useState } from 'preact/hooks';
import { html } from './html.js';

/** Kinds by the ending of a name, with the words of the overlay. Files of these go to their part wherever they are dropped. */
const kinds = {
  model: [/\.safetensors$/i, '.safetensors', 'a model reads your drawings, a checkpoint resumes'],
  graph: [/\.(nir|npy)$/i, '.nir, .npy', 'run as your network'],
  step: [/\.npz$/i, '.npz', 'checked as a training step'],
};
/** Files of these go to their part unless they are dropped on fields that take files. */
const others = {
  pad: [/\.(png|jpe?g|webp|gif|bmp|avif)$/i, '.png', 'read as a digit'],
  images: [/(?:)/, 'IDX files', 'images to train on'],
};

/** The function that takes each kind. Parts that need WebAssembly are absent without it. */
const takers = {};

/** Sets the function that takes the files of a kind. A part of the page calls this in each rendering. */
export const takeDropped = (kind, take) => (takers[kind] = take);

const match = (table, file) => Object.keys(table).find((kind) => table[kind][0].test(file.name));

/** While a file is over the page, an overlay shows which files the page takes. The browser does not open a dropped file. */
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
      for (const [kind, its] of given) takers[kind]?.(its);
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
