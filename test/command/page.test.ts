/** The parts of a page escape any text. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { html } from '../../src/command/report/page/html.ts';
import { law } from '../spec/support.ts';
import { parsePage } from './wellFormed.ts';

const page = (content: string): string => `<!doctype html><html><body>${content}</body></html>`;

law('any text stays text, in elements and attributes', fc.string({ unit: 'grapheme' }), 100, (text) => {
  const { elements, text: read } = parsePage(page(html`<p title="${text}">${text}</p>`.text));
  expect(elements.at(-1)).toEqual({ name: 'p', attributes: { title: text } });
  expect(read).toBe(text);
});

test('what cannot be seen, or turns the direction of what follows, is escaped', () => {
  expect(html`${'a\u0000b\u001bc\u202ed'}`.text).toBe('a\\u0000b\\u001bc\\u202ed');
});
