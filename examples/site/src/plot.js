/** The loss against epochs, by uPlot. */
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { html } from './html.js';

export function Plot({ points }) {
  const place = useRef();
  const plot = useRef();
  useEffect(() => {
    const { color } = getComputedStyle(place.current);
    const axis = { stroke: color, grid: { stroke: '#8884' } };
    plot.current = new uPlot(
      {
        width: place.current.clientWidth,
        height: 200,
        scales: { x: { time: false } },
        legend: { show: false },
        axes: [
          { ...axis, label: 'epoch' },
          { ...axis, label: 'loss' },
        ],
        series: [{}, { stroke: '#3b82f6', width: 2 }],
      },
      [[], []],
      place.current,
    );
    const fit = new ResizeObserver(() =>
      plot.current.setSize({ width: place.current.clientWidth, height: 200 }),
    );
    fit.observe(place.current);
    return () => {
      fit.disconnect();
      plot.current.destroy();
    };
  }, []);
  useEffect(() => plot.current.setData([points.map(([x]) => x), points.map(([, y]) => y)]), [points]);
  return html`<div ref=${place} class="plot" role="img" aria-label="loss of the batches"></div>`;
}
