/** Draws README's SVG files from the figures of the page: the method, and Figure 3 with our seconds. */
import { readFileSync } from 'node:fs';
import { method } from '../examples/site/src/story/method.js';
import { times } from '../examples/site/src/story/times.js';

const root = new URL('../', import.meta.url);
const css = (name) => readFileSync(new URL(`examples/site/src/story/${name}.css`, root), 'utf8');

/** The page's colours, light and dark. */
const colours = `:root{--ground:#fdfdfc;--ink:#1d2125;--quiet:#5a6067;--line:#b9bdb8;--one:#0b5cad;--two:#c2500b;--kept:#e8e4da;--bar:#c9ccc9}
@media (prefers-color-scheme:dark){:root{--ground:#14171b;--ink:#e4e6e8;--quiet:#a3abb3;--line:#4a525a;--one:#6cb6ff;--two:#ff9f5a;--kept:#35322a;--bar:#4a5158}}`;

function svg(width, height, title, style, inner) {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${title}</title>
<style>
${colours}
${style.trim()}
.caption { fill: var(--ink); font: 600 15px system-ui, sans-serif; }
</style>
<rect width="${width}" height="${height}" fill="var(--ground)"/>
${inner}
</svg>
`;
}

/** Above: T steps forward, then backward through the sums. Below: T steps forward, then backward through all steps. */
export function methodSvg() {
  const [once, each] = [true, false].map((isOnce) => method({ T: 6, isOnce, id: isOnce ? 'once' : 'each' }));
  const [width, head, gap] = [760, 34, 22];
  const part = ({ text }, top, caption) =>
    `<g transform="translate(0 ${top})"><text class="caption" x="24" y="22">${caption}</text><g class="method" transform="translate(0 ${head - 8})">${text}</g></g>`;
  const second = head + once.height + gap;
  return svg(
    width,
    second + head + each.height,
    'Accumulated spiking flow: six steps forward, then backward through the sums FI and FO; below, backward through six times as many nodes',
    css('method'),
    part(once, 0, 'ASF-BP: forward T steps, backward through the sums of what flowed in and out') +
      part(each, second, 'Backward through time: forward T steps, backward through all that they left'),
  );
}

/** Seconds per epoch by window, for ASF-BP and for Lee et al. 2020. */
export function figure3Svg() {
  const rows = readFileSync(new URL('results/figure3-small-1/figure3.jsonl', root), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ panel }) => panel === 1)
    .map(({ timeWindow, secondsEpoch }) => ({ timeWindow, ...secondsEpoch }));
  const { width, height, text } = times(rows);
  const [head, edge] = [44, 16];
  return svg(
    width + 2 * edge,
    height + head + edge,
    'Seconds of an epoch of LeNet on MNIST by window, ASF-BP and Lee et al. 2020',
    css('times'),
    `<text class="caption" x="${edge}" y="26">An epoch of LeNet with leaky neurons, two threads: Figure 3, our seconds</text><g class="times" transform="translate(${edge} ${head})">${text}</g>`,
  );
}

export const drawings = { 'docs/method.svg': methodSvg, 'docs/figure3.svg': figure3Svg };
