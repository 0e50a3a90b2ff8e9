/** `readLabels` reads the labels of a table of text, and refuses a wrong line with its number. */
import { describe, expect, it } from 'vitest';
import { readLabels } from '../../src/formats/events.ts';
import { refusalOf } from '../fuzz/refusal.ts';
import { ascii } from '../fuzz/samples.ts';

const read = (text: string) => readLabels(ascii(text), 1, 11, 'l.csv');
const messageOf = (text: string) => refusalOf(() => read(text));

describe('readLabels', () => {
  it('reads file and class, and nothing else', () => {
    expect(read('file,class,name\r\n1.bs2,1,hand_clapping\r\n\r\n b-2.bs2 , 11 \n')).toEqual([
      { file: '1.bs2', label: 1 },
      { file: 'b-2.bs2', label: 11 },
    ]);
  });

  const others = ['0', '12', '', '1.5', '-1', '1e1', 'x'].map((label) => `1.bs2,${label}`);
  it.each([
    ...['../1.bs2,1', '/etc/passwd,1', '..,1'].map((line) => [
      line,
      `a file's name and its class, got ${line}`,
    ]),
    ...others.map((line) => [line, `a class from 1 to 11 after the file's name, got ${line.slice(6)}`]),
  ])('refuses the line %s', (line, expected) => {
    expect(messageOf(`file,class\n${line}`)).toBe(`l.csv: "line 2" expected ${expected}`);
  });

  it('refuses a name that comes twice, and no lines', () => {
    const twice = 'l.csv: "line 3" expected each file once, got 1.bs2 again';
    expect(messageOf('file,class\n1.bs2,1\n1.bs2,2')).toBe(twice);
    expect(messageOf('file,class\n')).toContain('"lines" expected one with the names of the columns');
  });

  it('refuses more lines than it would keep in memory, before it keeps any', () => {
    expect(messageOf('\n'.repeat(2 ** 14))).toBe('l.csv: "lines" expected at most 16384, got 16385');
  });
});
