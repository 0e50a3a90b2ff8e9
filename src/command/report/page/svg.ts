/** Figures of Vega as parts of a page. */
import { html, trusted, type Html } from './html.ts';
import { shaded } from './shades.ts';

/**
 * An SVG file as an element of a page. It gets one accessible name in place of those of its marks, its ids get a prefix, since all ids of a page must differ, and without
 * width and height it fills its box up to its own size.
 */
export function inlineSvg(svg: string, place: string, label: string): Html {
  // Vega escapes < and > in attributes and texts, so this matches only tags.
  const text = svg.trim().replace(/<[^>]*>/g, (tag) => shaded(ownIds(unnamed(tag), place)));
  const [head] = /^<svg\b[^>]*>/.exec(text) ?? [''];
  const size = (name: string): string => new RegExp(` ${name}="([\\d.]+)"`).exec(head)?.[1] ?? '0';
  const [width, height] = [size('width'), size('height')];
  const inner = text.slice(head.length, text.lastIndexOf('</svg>'));
  return html`<svg
    viewBox="0 0 ${width} ${height}"
    style="--width:${width}px"
    role="img"
    aria-label="${label}"
  >
    ${trusted(inner)}
  </svg>`;
}

/** Without the roles and names of single marks, which an image does not show to readers of the screen. */
const unnamed = (tag: string): string => tag.replace(/ (?:role|aria-[a-z]+)="[^"]*"/g, '');

function ownIds(tag: string, place: string): string {
  return tag
    .replace(/ id="([^"]*)"/g, ` id="${place}-$1"`)
    .replace(/url\(#([^)]*)\)/g, `url(#${place}-$1)`)
    .replace(/ ((?:xlink:)?href)="#([^"]*)"/g, ` $1="#${place}-$2"`);
}
