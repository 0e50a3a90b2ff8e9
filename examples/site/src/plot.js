/** Curves and dots, by uPlot, in the colours of the page. */
import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { html } from './html.js';

const isDark = matchMedia('(prefers-color-scheme: dark)');

/** Counts up when the page changes its colours. */
function useScheme() {
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const change = () => setTurn((before) => before + 1);
    isDark.addEventListener('change', change);
    return () => isDark.removeEventListener('change', change);
  }, []);
  return turn;
}

/**
 * @param columns x, ascending, then a column a series
 * @param series { name, dots }; with dots there is no line
 * @param ranges { x, y }, pairs; without them as the data are
 */
export function Plot({ label, columns, x, y, series, ranges = {}, height = 180 }) {
  const place = useRef();
  const plot = useRef();
  const shown = useRef(ranges);
  shown.current = ranges;
  const scheme = useScheme();
  const names = series.map(({ name }) => name).join();

  useEffect(() => {
    const home = place.current;
    const style = getComputedStyle(home);
    const colour = (name) => style.getPropertyValue(name).trim();
    const axis = {
      stroke: colour('--plot-ink'),
      grid: { stroke: colour('--plot-grid') },
      ticks: { stroke: colour('--plot-grid') },
    };
    const rangeOf = (key) => (_, low, high) =>
      shown.current[key] ?? (low === null ? [0, 1] : uPlot.rangeNum(low, high, 0.1, true));
    const size = () => ({ width: home.clientWidth, height });
    plot.current = new uPlot(
      {
        ...size(),
        scales: { x: { time: false, range: rangeOf('x') }, y: { range: rangeOf('y') } },
        cursor: { show: false },
        legend: { show: series.length > 1, live: false },
        axes: [
          { ...axis, label: x, labelSize: 20, size: 36 },
          { ...axis, label: y, labelSize: 20, size: 44 },
        ],
        series: [
          {},
          ...series.map(({ name, dots }, k) => {
            const stroke = colour(`--plot-${1 + (k % 6)}`);
            const points = { show: Boolean(dots), size: 4, fill: stroke, width: 0 };
            return {
              label: name,
              stroke,
              width: 2,
              spanGaps: true,
              points,
              ...(dots && { paths: () => null }),
            };
          }),
        ],
      },
      columns,
      home,
    );
    const fit = new ResizeObserver(() => plot.current.setSize(size()));
    fit.observe(home);
    return () => {
      fit.disconnect();
      plot.current.destroy();
    };
  }, [scheme, names, height]);
  useEffect(() => plot.current.setData(columns), [columns]);
  return html`<div ref=${place} class="plot" role="img" aria-label=${label}></div>`;
}
