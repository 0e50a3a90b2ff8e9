/** Texts of any characters. */
import fc from 'fast-check';

/** Any code point but the halves of pairs. The same as `unit: 'binary'` of fast-check, which first makes a table of all, for a second. */
const character = fc
  .nat({ max: 0x10ffff - 0x800 })
  .map((k) => String.fromCodePoint(k < 0xd800 ? k : k + 0x800));

export const anyText = (constraints: { minLength?: number; maxLength?: number } = {}): fc.Arbitrary<string> =>
  fc.string({ ...constraints, unit: character });
