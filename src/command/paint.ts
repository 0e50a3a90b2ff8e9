/**
 * Bold text and colour. Output code puts marks around a text. In a terminal `printing` turns the marks into escape
 * sequences; elsewhere it removes them.
 */
import { marks as everyMark } from '../printable.ts';

/** The marks for begin and end, from Unicode's private use area, and the escape sequences that replace them. */
const marks = {
  strong: ['\ue001', '\ue002', '\x1b[1m', '\x1b[22m'],
  good: ['\ue003', '\ue004', '\x1b[32m', '\x1b[39m'],
  bad: ['\ue005', '\ue006', '\x1b[31m', '\x1b[39m'],
  unsure: ['\ue007', '\ue008', '\x1b[33m', '\x1b[39m'],
} as const;

const mark =
  (name: keyof typeof marks) =>
  (text: string): string =>
    `${marks[name][0]}${text}${marks[name][1]}`;

export const [strong, unsure] = [mark('strong'), mark('unsure')];
const [good, bad] = [mark('good'), mark('bad')];

/** Colours verdicts, so that a difference is not mistaken for an agreement. */
export const judged = (text: string): string =>
  text
    .replaceAll(/^ *✓.*?(?=:|$)/gm, (line) => good(line))
    .replaceAll(/^ *✗.*?(?=:|$)/gm, (line) => bad(line))
    .replaceAll(/^ *\?.*?(?=:|$)/gm, (line) => unsure(line))
    .replaceAll(/\bDIFFERS\b/g, bad('DIFFERS'))
    .replace(/: differs\b/, `: ${bad('differs')}`)
    .replaceAll(/\bagrees\b|(?<=numbers )agree\b/g, (word) => good(word));

/** Replaces the marks in a text by escape sequences or, without colour, removes them. */
export function painted(text: string, hasColour: boolean): string {
  if (!hasColour) return text.replace(everyMark, '');
  let coloured = text;
  for (const [begin, end, on, off] of Object.values(marks))
    coloured = coloured.replaceAll(begin, on).replaceAll(end, off);
  return coloured;
}

/** Whether a stream shows colours: a terminal, unless the environment forbids it. */
export function isColoured(isTerminal: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  return isTerminal && !env['NO_COLOR'] && !env['CI'] && env['TERM'] !== 'dumb';
}
