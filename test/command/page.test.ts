/** The parts of a page escape any text, and no two figures on a page have the same id. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { drawFigure } from '../../src/command/draw/figure.ts';
import { html, inlineSvg } from '../../src/command/report/page/html.ts';
import { law } from '../spec/support.ts';
import { parsePage } from './wellFormed.ts';

/** A page whose body is `content`. */
const page = (content: string): string => `<!doctype html><html><body>${content}</body></html>`;

law('any text stays text, in elements and attributes', fc.string({ unit: 'grapheme' }), 100, (text) => {
  const { elements, text: read } = parsePage(page(html`<p title="${text}">${text}</p>`.text));
  expect(elements.at(-1)).toEqual({ name: 'p', attributes: { title: text } });
  expect(read).toBe(text);
});

test('what cannot be seen, or turns the direction of what follows, is replaced', () => {
  expect(html`${'a\u0000b\u001bc\u202ed'}`.text).toBe('a\ufffdb\ufffdc\ufffdd');
});

test('ids of figures do not meet, and what names them follows', async () => {
  const values = [{ x: 1, y: '<b id="clip1"> url(#clip1)' }];
  const encoding = {
    x: { field: 'x', type: 'quantitative' },
    y: { field: 'y', type: 'nominal', axis: { labelLimit: 0 } },
  };
  const svg = await drawFigure({ data: { values }, mark: { type: 'line', clip: true }, encoding });
  expect(svg).toContain('url(#');
  const [one, two] = ['one', 'two'].map((place) => inlineSvg(svg, place, 'a "figure"').text);
  const { elements, text } = parsePage(page(one! + two!));
  const ids = elements.flatMap(({ attributes: { id } }) => id ?? []);
  expect(ids.length).toBeGreaterThan(1);
  expect(new Set(ids).size).toBe(ids.length);
  const named = elements.flatMap(({ attributes }) => attributes['clip-path'] ?? []);
  expect(named.length).toBeGreaterThan(1);
  for (const name of named) expect(ids).toContain(name.slice('url(#'.length, -1));
  expect(text).toContain('<b id="clip1"> url(#clip1)');
  expect(
    elements.filter(({ name }) => name === 'svg').map(({ attributes }) => attributes['viewBox']),
  ).toHaveLength(2);
});
