/** Lines and dots with axes, as SVG. Each line has its name at its end instead of a legend. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { html } from './html.js';

const margin = { top: 10, bottom: 34 };
/** Height of a name in pixels. */
const letters = 13;
/** Limit on the points of a line. One per pixel is enough. */
const most = 400;

/**
 * @param series { name, x, y, dots, dashed, at }: coordinates of points, without those whose y is null; `at`: a colour, 1 to 3
 * @param x, y { name, range, format }; the default range is that of the data
 */
export function Chart({ label, series, x, y, height = 200, names = true }) {
  const place = useRef();
  const [width, setWidth] = useState(400);
  useEffect(() => {
    const fit = new ResizeObserver(([{ contentRect }]) => setWidth(Math.max(120, contentRect.width)));
    fit.observe(place.current);
    return () => fit.disconnect();
  }, []);
  const shownX = x.range ?? rangeOf(series.flatMap((one) => one.x));
  const shownY = y.range ?? rangeOf(series.flatMap((one) => one.y));
  const [format, formatX] = [y.format ?? plain, x.format ?? plain];
  const down = height - margin.top - margin.bottom;
  const ticksY = ticks(shownY, down / 30);
  const left = 26 + 7 * Math.max(...ticksY.map((value) => format(value).length));
  const right = names ? 12 + 6.6 * Math.max(0, ...series.map(({ name }) => name.length)) : 12;
  const across = width - left - right;
  const atX = (value) => left + (across * (value - shownX[0])) / (shownX[1] - shownX[0]);
  const atY = (value) => margin.top + down * (1 - (value - shownY[0]) / (shownY[1] - shownY[0]));
  const ends = names ? endsOf(series, atY, margin.top, margin.top + down) : [];
  // Names are beside the ends of lines, not at the edge, because all lines may be short.
  const atEnd = Math.max(...ends.map(({ last }) => atX(last)));
  return html`<div ref=${place} class="chart">
    <svg viewBox=${`0 0 ${width} ${height}`} width=${width} height=${height} role="img" aria-label=${label}>
      ${ticksY.map(
        (value) =>
          html`<line class="grid" x1=${left} x2=${left + across} y1=${atY(value)} y2=${atY(value)} />
            <text class="tick" text-anchor="end" x=${left - 6} y=${atY(value) + 4}>${format(value)}</text>`,
      )}
      ${ticks(shownX, across / 50).map(
        (value) =>
          html`<text class="tick" text-anchor="middle" x=${atX(value)} y=${height - 20}
            >${formatX(value)}</text
          >`,
      )}
      <text class="name" text-anchor="middle" x=${left + across / 2} y=${height - 4}>${x.name}</text>
      <text
        class="name"
        transform=${`translate(11 ${margin.top + down / 2}) rotate(-90)`}
        text-anchor="middle"
      >
        ${y.name}
      </text>
      ${series.map((one, k) => html`<${One} one=${one} colour=${one.at ?? 1 + (k % 3)} atX=${atX} atY=${atY} />`)}
      ${ends.map(
        ({ name, k, y: end }) =>
          html`<text class=${`end c${series[k].at ?? 1 + (k % 3)}`} x=${atEnd + 6} y=${end + 4}
            >${name}</text
          >`,
      )}
    </svg>
  </div>`;
}

function One({ one, colour, atX, atY }) {
  const points = thinned(one);
  if (one.dots)
    return html`<g class=${`dots c${colour}`}>
      ${points.map(([x, y]) => html`<circle cx=${atX(x).toFixed(1)} cy=${atY(y).toFixed(1)} r="2" />`)}
    </g>`;
  const path = points
    .map(([x, y], k) => `${k ? 'L' : 'M'}${atX(x).toFixed(1)} ${atY(y).toFixed(1)}`)
    .join('');
  return html`<path class=${`line c${colour}${one.dashed ? ' dashed' : ''}`} d=${path} />
    ${points.length === 1 && html`<circle class=${`c${colour}`} cx=${atX(points[0][0])} cy=${atY(points[0][1])} r="3" />`}`;
}

/** The points with a y. If there are too many, some are omitted. */
function thinned({ x, y, dots }) {
  const points = [];
  for (let k = 0; k < x.length; k++) if (y[k] !== null && y[k] !== undefined) points.push([x[k], y[k]]);
  const step = dots ? 1 : Math.ceil(points.length / most);
  return step > 1 ? points.filter((_, k) => k % step === 0 || k === points.length - 1) : points;
}

/** Names at the ends of lines, moved apart if they would overlap. */
function endsOf(series, atY, top, bottom) {
  const ends = series
    .map((one, k) => {
      const [x, y] = thinned(one).at(-1) ?? [];
      return { name: one.name, k, last: x, y: atY(y) };
    })
    .filter(({ last, name }) => last !== undefined && name)
    .sort((a, b) => a.y - b.y);
  for (let k = 1; k < ends.length; k++) ends[k].y = Math.max(ends[k].y, ends[k - 1].y + letters);
  let floor = bottom;
  for (let k = ends.length - 1; k >= 0; k--) {
    ends[k].y = Math.max(top, Math.min(ends[k].y, floor));
    floor = ends[k].y - letters;
  }
  return ends;
}

/** The range of values with a margin. It begins at 0 if no value is negative. */
function rangeOf(values) {
  const known = values.filter((value) => value !== null && value !== undefined);
  const low = known.reduce((a, b) => Math.min(a, b), 0);
  const high = known.reduce((a, b) => Math.max(a, b), low + 1e-9);
  const room = known.length ? (high - low) * 0.06 : 1;
  return [low < 0 ? low - room : low, high + room];
}

/** Round numbers within a range. */
function ticks([low, high], about) {
  const raw = (high - low) / Math.max(2, Math.min(6, about));
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= raw);
  const found = [];
  for (let value = Math.ceil(low / step - 1e-9) * step; value <= high + step * 1e-6; value += step)
    found.push(value);
  return found;
}

const plain = (value) => String(Number(value.toPrecision(6)));
