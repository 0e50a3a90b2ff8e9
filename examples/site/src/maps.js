/** Small pictures: a digit, the spikes of a layer as maps, the weights of a neuron. */
import { useEffect, useRef } from 'preact/hooks';
import { html } from './html.js';
import { useScheme } from './scheme.js';

/** A canvas. `colours(data, style)` writes its pixels as bytes r, g, b, a, with the colours of the page. */
function Picture({ width, height, colours, label, name = 'picture', style = '' }) {
  const canvas = useRef();
  const scheme = useScheme();
  useEffect(() => {
    const context = canvas.current.getContext('2d');
    const picture = context.createImageData(width, height);
    colours(picture.data, getComputedStyle(canvas.current));
    context.putImageData(picture, 0, 0);
  }, [width, height, colours, scheme]);
  return html`<canvas
    ref=${canvas}
    class=${name}
    style=${style}
    width=${width}
    height=${height}
    ...${label ? { role: 'img', 'aria-label': label } : { 'aria-hidden': 'true' }}
  />`;
}

/** Converts a colour of the style sheet to numbers. */
export function rgb(style, name = 'color') {
  const text = name === 'color' ? style.color : style.getPropertyValue(name);
  const hex = /^\s*#(..)(..)(..)/.exec(text);
  return hex
    ? hex.slice(1).map((part) => parseInt(part, 16))
    : text
        .match(/[\d.]+/g)
        .slice(0, 3)
        .map(Number);
}

/** A small picture of a digit. */
export function Thumbnail({ image, label }) {
  const colours = useRef();
  if (colours.current?.image !== image)
    colours.current = {
      image,
      draw: (data, style) => {
        const ink = rgb(style);
        for (const [place, value] of image.entries()) data.set([...ink, value], 4 * place);
      },
    };
  const side = Math.sqrt(image.length);
  return html`<${Picture}
    width=${side}
    height=${image.length / side}
    colours=${colours.current.draw}
    label=${label}
  />`;
}

/** Arranges the channels of a layer side by side, one pixel apart. */
export function tilesOf({ channels, height, width }) {
  const columns = Math.max(1, Math.round(Math.sqrt((0.75 * channels * height) / width)));
  const rows = Math.ceil(channels / columns);
  return {
    wide: columns * (width + 1) - 1,
    high: rows * (height + 1) - 1,
    /** The top left corner of channel c. */
    at: (c) => [(c % columns) * (width + 1), Math.floor(c / columns) * (height + 1)],
    /** The neuron at a pixel; undefined between the maps. */
    neuronAt(x, y) {
      const [column, row] = [Math.floor(x / (width + 1)), Math.floor(y / (height + 1))];
      const [left, top] = [Math.floor(x) - column * (width + 1), Math.floor(y) - row * (height + 1)];
      const c = row * columns + column;
      const isInside =
        column >= 0 && column < columns && left < width && top < height && c >= 0 && c < channels;
      return isInside && left >= 0 && top >= 0 ? (c * height + top) * width + left : undefined;
    },
  };
}

/** The spikes of a step: ink for a neuron that fires, a shade for one that fired before. */
export function SpikeMap({ shape, o, before, label, style }) {
  const made = useRef({});
  if (made.current.o !== o || made.current.before !== before) {
    const { channels, height, width } = shape;
    const tiles = tilesOf(shape);
    made.current = {
      o,
      before,
      draw: (data, page) => {
        const [ink, ground] = [rgb(page), rgb(page, '--map')];
        const most = before.reduce((a, b) => Math.max(a, b), 1);
        for (let c = 0; c < channels; c++) {
          const [left, top] = tiles.at(c);
          for (let y = 0; y < height; y++) {
            for (let x = 0; x < width; x++) {
              const i = (c * height + y) * width + x;
              const share = o[i] ? 1 : 0.3 * (before[i] / most);
              const colour = ink.map((value, k) => value * share + ground[k] * (1 - share));
              data.set([...colour, 255], 4 * ((top + y) * tiles.wide + left + x));
            }
          }
        }
      },
    };
  }
  const { wide, high } = tilesOf(shape);
  return html`<${Picture}
    width=${wide}
    height=${high}
    colours=${made.current.draw}
    label=${label}
    name="map"
    style=${style}
  />`;
}

/** Weights or other signed values. Positive values are blue, negative ones orange. */
export function SignedMap({ shape, values, label, style, name = 'signed' }) {
  const made = useRef({});
  if (made.current.values !== values) {
    const { height, width } = shape;
    const tiles = tilesOf(shape);
    made.current = {
      values,
      draw: (data, page) => {
        const [up, down, ground] = ['--one', '--two', '--map'].map((key) => rgb(page, key));
        const most = values.reduce((a, b) => Math.max(a, Math.abs(b)), 1e-9);
        for (const [i, value] of values.entries()) {
          const [left, top] = tiles.at(Math.floor(i / (height * width)));
          const [y, x] = [Math.floor(i / width) % height, i % width];
          const share = Math.abs(value) / most;
          const colour = (value > 0 ? up : down).map((part, k) => part * share + ground[k] * (1 - share));
          data.set([...colour, 255], 4 * ((top + y) * tiles.wide + left + x));
        }
      },
    };
  }
  const { wide, high } = tilesOf(shape);
  return html`<${Picture}
    width=${wide}
    height=${high}
    colours=${made.current.draw}
    label=${label}
    name=${name}
    style=${style}
  />`;
}
