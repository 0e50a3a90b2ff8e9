/**
 * Draws figures as SVG, without browser or canvas. Import this file only to draw, because Vega takes longer to load than the rest of the
 * package.
 */
import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { Figure } from '../../experiment/index.ts';

const font = { labelFontSize: 12, titleFontSize: 13, labelColor: 'black', titleColor: 'black' };

const style = {
  background: 'white',
  padding: 12,
  view: { stroke: '#888' },
  axis: { ...font, titleFontWeight: 'normal', labelFlush: false, gridColor: '#ddd', tickColor: '#888' },
  legend: { ...font, symbolSize: 900, symbolStrokeWidth: 2 },
} as const;

export async function drawFigure(figure: Figure): Promise<string> {
  // `compile` checks the figure
  const { spec } = compile(figure as unknown as TopLevelSpec, { config: style });
  const view = new View(parse(spec), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  return `${svg}\n`;
}
