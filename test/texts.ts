import fc from 'fast-check';

/** Any code point except surrogates. This equals `unit: 'binary'` of fast-check, which needs one second to make its table. */
const character = fc
  .nat({ max: 0x10ffff - 0x800 })
  .map((k) => String.fromCodePoint(k < 0xd800 ? k : k + 0x800));

export const anyText = (constraints: { minLength?: number; maxLength?: number } = {}): fc.Arbitrary<string> =>
  fc.string({ ...constraints, unit: character });
