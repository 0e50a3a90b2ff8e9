/** `readCsv` reads image tables in their usual forms. It refuses a wrong table, and names the line and the column. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCsv } from '../../src/formats/csv.ts';
import { refusalOf } from '../fuzz/refusal.ts';
import { ascii } from '../fuzz/samples.ts';
import { law } from '../spec/support.ts';

const read = (text: string, inputs?: number) => readCsv(new TextEncoder().encode(text), 'a.csv', inputs);
const messageOf = (text: string, inputs?: number) => refusalOf(() => read(text, inputs));

function listsOf(
  text: string,
  inputs?: number,
): { labels: number[] | undefined; values: number[]; unit: number } {
  const { labels, values, unit } = read(text, inputs);
  return { labels: labels && Array.from(labels), values: Array.from(values), unit };
}

const scale = '`train --scale columns` scales each column (gray values: divide by 255)';
const nameIt = 'put a line of names first, with `label` over that column';
const aClass = 'a label, a whole number from 0 to 65535';
const rows = { labels: [0, 1], values: [255, 7, 0, 9, 255, 7, 0, 9], unit: 255 };

describe('readCsv', () => {
  it.each([
    ['in the first column', '0,255,7,0,9\n1,255,7,0,9\n'],
    ['in the last column', '255,7,0,9,0\n255,7,0,9,1\n'],
    ['under a name', 'a,b,Label,c,d\n255,7,0,0,9\n255,7,1,0,9'],
    ['beside the index of pandas', ',label,0,1,2,3\n0,0,255,7,0,9\n1,1,255,7,0,9\n'],
    ['under numbers of the columns', '0,1,2,3,4\n0,255,7,0,9\n1,255,7,0,9\n'],
    ['under quoted names with commas', '"y","p,0","p 1","p2","p3"\r\n"0",255,7,0,9\r\n1, 255 ,7,0,9\r\n\r\n'],
    ['behind a byte order mark and an empty line', '\ufeff\n0,255,7,0,9\n\n1,255,7,0,9'],
  ])('finds labels %s', (_, text) => expect(listsOf(text)).toEqual(rows));

  it('takes the column that has every class, where both have whole numbers', () => {
    expect(listsOf('0,9,3\n1,9,7\n0,9,3').labels).toEqual([0, 1, 0]);
    expect(listsOf('3,9,0\n7,9,1\n3,9,0').labels).toEqual([0, 1, 0]);
  });

  it('keeps bytes as bytes, and takes values up to 1 for intensities', () => {
    expect(read('0,255,7\n1,0,9').values).toBeInstanceOf(Uint8Array);
    expect(listsOf('0,0.25,1\n1,.5,1').values).toEqual([0.25, 1, 0.5, 1]);
    expect(listsOf('0,0.25,1\n1,5e-1,1').unit).toBe(1);
  });

  it('needs no labels where there are as many columns as inputs', () => {
    expect(listsOf('0,255,7,0', 4)).toEqual({ labels: undefined, values: [0, 255, 7, 0], unit: 255 });
    expect(listsOf('p0,p1,p2,p3\n0,255,7,0', 4).values).toEqual([0, 255, 7, 0]);
  });

  law(
    'reads each number as JavaScript does',
    fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(12)),
    100,
    ([value, digits]) => {
      for (const text of [String(value), value.toFixed(digits), value.toExponential(digits)])
        expect(read(`0,${text},1\n1,0,0.5`).values[0]).toBe(Math.fround(Number(text)));
    },
  );

  const inUnit = 'expected a value from 0 to 255, or from 0 to 1, got';
  const oneType = 'labels are all numbers or all words';
  const noLabels = '"table" expected labels 0, 1, 2, … in column 1 or 3, got';
  it.each<[string, string, string]>([
    ['a text', '0,1,2\n1,x,2', '"line 2, column 2" expected a number, got x'],
    ['an empty cell', '0,1,2\n1,,2', '"line 2, column 2" expected a number, got an empty cell'],
    ['a number that is none', '0,1,2\n1,1e,2', '"line 2, column 2" expected a number, got 1e'],
    ['a value below 0', '0,1,2\n1,-1,2', `"line 2, column 2" ${inUnit} -1; ${scale}`],
    ['a value beyond 255', '0,1,2\n\n1,256,2', `"line 3, column 2" ${inUnit} 256; ${scale}`],
    ['an endless value', '0,1,2\n1,1e999,2', `"line 2, column 2" ${inUnit} Infinity; ${scale}`],
    [
      'fractions above 1, which are no bytes',
      'a,b,c,label\n0.2,5,1.3,0\n5.55,1.11,0.2,1',
      `"line 2, column 2" expected a value from 0 to 1, since values with fractions are not bytes 0 … 255, got 5; ${scale}`,
    ],
    ['a word', 'a,label,b\n1,0,2\n1,rosa,2', `"line 3, column 2" expected a number, got rosa; ${oneType}`],
    ['a word as last label', '1,2,0\n1,2,rosa', `"line 2, column 3" expected a number, got rosa; ${oneType}`],
    ['a shorter line', 'label,a,b\n0,1,2\n1,2', '"line 3" expected 3 columns, as the first line has, got 2'],
    ['a longer line', '0,1,2\n1,2,3,4', '"line 2" expected 3 columns, as the first line has, got 4'],
    ['a quote that does not end', '0,1,2\n1,"2,3', '"line 2, column 2" expected a number, got "2,3'],
    ['a label that is no class', 'label,a\n0,1\n0.5,2', `"line 3, column 1" expected ${aClass}, got 0.5`],
    ['a label beyond any class', 'label,a\n0,1\n70000,2', `"line 3, column 1" expected ${aClass}, got 70000`],
    ['one column', '0\n1', '"line 1" expected a label and values, with commas between them, got 1 column'],
    ['semicolons', '0;1\n1;2', '"line 1" expected commas between the columns, got 0;1; save it with commas'],
    ['nothing', '', '"table" expected one line per sample, got an empty file'],
    ['names alone', 'label,a,b\n', '"table" expected one line per sample, got none'],
    ['labels in neither place', '0.5,1,0.5\n0.5,2,0.5', `${noLabels} labels in neither; ${nameIt}`],
    ['what may be labels in both', '0,5,1\n1,5,0', `${noLabels} what may be labels in both; ${nameIt}`],
    [
      'a column of labels that would be a value',
      'label,label,p0\n0,0,1\n1,1,2',
      '"line 1" expected one column of labels, got label in column 1 and label in column 2; leave out or rename the other',
    ],
  ])('refuses %s', (_, text, expected) => expect(messageOf(text)).toBe(`a.csv: ${expected}`));

  it('refuses bytes that are no text, and more columns than inputs, in one short line', () => {
    expect(messageOf(String.fromCharCode(...Array(300).fill(7)))).toMatch(/^a\.csv: .{0,120}$/);
    expect(messageOf('0,'.repeat(2 ** 17 + 5))).toBe(
      'a.csv: "line 1" expected at most 131074 columns, got more',
    );
    // A column named `label` holds no values.
    expect(messageOf('label,a,b\n1,2,3\n', 3)).toContain('expected 3 values per line, as the network takes');
  });
});

describe('labels in words', () => {
  const classes = ['rosa', 'viola'];
  it.each([
    ['in the first column', 'viola,5,2\nrosa,4,1\nviola,5,3'],
    ['under a name', 'a,class,b\n5,viola,2\n4,rosa,1\n5,viola,3'],
    ['under any name at the end', 'a,b,species\n5,2,viola\n4,1,rosa\n5,3,viola'],
    ['under numbers of the columns', '0,1,species\n5,2,viola\n4,1,rosa\n5,3,viola'],
    ['in quotes, with commas and an index', ',a,b,kind\n0,5,2,"viola"\n1,4,1,rosa\n2,5,3," viola "'],
  ])('%s are numbered in the order of their names', (_, text) => {
    expect(read(text)).toMatchObject({ classes, count: 3, size: 2 });
    expect(listsOf(text)).toEqual({ labels: [1, 0, 1], values: [5, 2, 4, 1, 5, 3], unit: 255 });
  });

  it('count where they count the columns, and are a sample where its label comes again', () => {
    expect(listsOf('0,1,ant\n5,2,bee\n4,1,ant').values).toEqual([0, 1, 5, 2, 4, 1]);
    expect(read('0,1,kind\n5,2,bee\n4,1,ant')).toMatchObject({ count: 2, names: undefined });
    expect(read('a,b,kind\n5,2,bee\n4,1,ant').names).toEqual(['a', 'b']);
    expect(read('5,2,viola')).toMatchObject({ count: 1, classes: ['viola'] });
  });

  it('are left out for a network that takes the other columns', () => {
    expect(listsOf('5,2,viola\n4,1,rosa', 2).values).toEqual([5, 2, 4, 1]);
  });

  it.each<[string, string, string]>([
    ['a number', '5,2,viola\n5,2,rosa\n4,1,3', '"line 3, column 3" expected a label in words, got 3;'],
    ['an empty cell', '5,2,viola\n5,2,rosa\n4,1,', '"line 3, column 3" expected a label in words, got an'],
    ['a long one', `5,2,viola\n4,1,${'x'.repeat(101)}`, 'expected a label of at most 100 bytes, got 101'],
    ['words at both ends', 'Ann,2,viola\nBob,1,rosa', 'expected'],
  ])('refuses %s', (_, text, expected) => expect(messageOf(text)).toContain(expected));

  it('are at most as many as classes can be, and many are sorted in little time', () => {
    const table = (count: number): Uint8Array =>
      ascii(Array.from({ length: count }, (_, k) => `1,w${k}`).join('\n'));
    const { labels, classes: names } = readCsv(table(65536), 'a.csv');
    expect(names![labels![65535]!]).toBe('w65535');
    expect(refusalOf(() => readCsv(table(65537), 'a.csv'))).toBe(
      `a.csv: "line 65537, column 2" expected at most 65536 classes, got another label; ${nameIt}`,
    );
  });

  it('values of any unit are kept in binary64 where they are to be scaled', () => {
    const raw = readCsv(ascii('1700.25,-3e9,a\n0.001,4,b'), 'a.csv', undefined, () => true);
    expect([...raw.values]).toEqual([1700.25, -3e9, 0.001, 4]);
    expect(() => readCsv(ascii('1e999,1,a\n1,1,b'), 'a.csv', undefined, () => true)).toThrow(
      'a finite number',
    );
  });
});
