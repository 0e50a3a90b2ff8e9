/** Small pictures: a digit, and the spikes of layers as maps. */
import { useEffect, useRef } from 'preact/hooks';
import { html } from './html.js';

/** Gray values as a canvas of their own size; the style makes it larger. */
function Picture({ width, height, values, label }) {
  const canvas = useRef();
  useEffect(() => {
    const context = canvas.current.getContext('2d');
    const picture = context.createImageData(width, height);
    for (const [place, value] of values.entries()) picture.data.set([value, value, value, 255], 4 * place);
    context.putImageData(picture, 0, 0);
  }, [width, height, values]);
  return html`<canvas ref=${canvas} width=${width} height=${height} role="img" aria-label=${label} />`;
}

export const Thumbnail = ({ image }) =>
  html`<${Picture} width=${28} height=${28} values=${image} label="your digit" />`;

/** The channels of a layer side by side, in as many rows as keep it wide; a spike is white. */
function tiled({ channels, height, width }, o) {
  const columns = Math.min(channels, Math.ceil(Math.sqrt((2 * channels * height) / width)));
  const rows = Math.ceil(channels / columns);
  const [wide, high] = [columns * (width + 1), rows * (height + 1)];
  const values = new Uint8Array(wide * high).fill(90);
  for (let channel = 0; channel < channels; channel++) {
    const [left, top] = [(channel % columns) * (width + 1), Math.floor(channel / columns) * (height + 1)];
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++)
        values[(top + y) * wide + left + x] = o[(channel * height + y) * width + x] ? 255 : 0;
    }
  }
  return { width: wide, height: high, values };
}

export const SpikeMaps = ({ spikes }) =>
  html`<div class="maps">
    ${spikes.map(({ n, kind, map, o }) => {
      const count = o.reduce((sum, spike) => sum + spike, 0);
      return html`<figure>
        <${Picture} ...${tiled(map, o)} label=${`spikes of ${kind}`} />
        <figcaption>${n === 0 ? 'input' : `layer ${n}, ${kind}`}: ${count} spikes</figcaption>
      </figure>`;
    })}
  </div>`;
