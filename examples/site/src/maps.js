/** Small pictures: a digit, the spikes of a layer as maps and as a raster. */
import { useEffect, useRef } from 'preact/hooks';
import { html } from './html.js';

/** Gray values as a canvas of their own size, -1 where nothing is; the style makes it larger. */
function Picture({ width, height, values, label, name = 'picture' }) {
  const canvas = useRef();
  useEffect(() => {
    const context = canvas.current.getContext('2d');
    const picture = context.createImageData(width, height);
    for (const [place, value] of values.entries())
      picture.data.set([value, value, value, value < 0 ? 0 : 255], 4 * place);
    context.putImageData(picture, 0, 0);
  }, [width, height, values]);
  return html`<canvas
    ref=${canvas}
    class=${name}
    width=${width}
    height=${height}
    role="img"
    aria-label=${label}
  />`;
}

export const Thumbnail = ({ image, label }) =>
  html`<${Picture} width=${28} height=${28} values=${image} label=${label} />`;

/** Between the channels, and steps that are still to come. */
const gap = 90;
const later = 40;

/** The channels of a layer side by side, in as many rows as keep it wide; a spike is white. */
export function SpikeMap({ shape: { channels, height, width }, o, label }) {
  const columns = Math.min(channels, Math.ceil(Math.sqrt((2 * channels * height) / width)));
  const rows = Math.ceil(channels / columns);
  const [wide, high] = [columns * (width + 1) - 1, rows * (height + 1) - 1];
  const values = new Int16Array(wide * high).fill(-1);
  for (let channel = 0; channel < channels; channel++) {
    const [left, top] = [(channel % columns) * (width + 1), Math.floor(channel / columns) * (height + 1)];
    for (let y = 0; y <= height && top + y < high; y++) {
      for (let x = 0; x <= width && left + x < wide; x++) {
        const isEdge = y === height || x === width;
        const spike = o[(channel * height + y) * width + x] ? 255 : 0;
        values[(top + y) * wide + left + x] = isEdge ? gap : spike;
      }
    }
  }
  return html`<${Picture} width=${wide} height=${high} values=${values} label=${label} name="map" />`;
}

/** Neurons against steps, until step t. */
export function Raster({ raster: { rows, T, o }, t, label }) {
  if (rows === 0) return undefined;
  const values = new Uint8Array(rows * T);
  for (const [place, spike] of o.entries()) values[place] = place % T >= t ? later : spike ? 255 : 0;
  return html`<${Picture} width=${T} height=${rows} values=${values} label=${label} name="raster" />`;
}
