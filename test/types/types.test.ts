/** The types of the package need no optional library, find mistakes, and document each option. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { wrong } from './wrong.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const entries = ['index', 'infer', 'npy', 'png', 'nir', 'oracle', 'models/tiny'].map(
  (name) => `${root}dist/src/${name}.d.ts`,
);
const programs = `${root}test/types/wrong.ts`;

/**
 * A strict program without the library `DOM`, and thus without the namespace `WebAssembly`. All lines of our types are checked, but
 * not those of TypeScript's libraries.
 */
const options: ts.CompilerOptions = {
  lib: ['lib.es2022.d.ts'],
  types: [],
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: false,
  skipDefaultLibCheck: true,
  noEmit: true,
};
const program = ts.createProgram([programs, ...entries], options);

const mistakesIn = (of: ts.Program): string[] =>
  ts.getPreEmitDiagnostics(of).map(({ file, start = 0, messageText }) => {
    const line = file ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
    return `${file?.fileName}:${line} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });

it('the types compile, and find every mistake that is marked', { timeout: 120_000 }, () => {
  expect(mistakesIn(program)).toEqual([]);
});

it('the Worker of docs/library.md compiles', { timeout: 120_000 }, () => {
  const guide = readFileSync(`${root}docs/library.md`, 'utf8');
  const [, code] = guide.match(/```ts\n(import \{ loadModel[^]*?)```/)!;
  const inPage = { ...options, lib: [...options.lib!, 'lib.dom.d.ts'] };
  const host = ts.createCompilerHost(inPage);
  const [page, read] = [`${root}test/types/page.ts`, host.getSourceFile];
  host.getSourceFile = (path, ...more) =>
    path === page ? ts.createSourceFile(page, code!, ts.ScriptTarget.ES2022) : read(path, ...more);
  expect(mistakesIn(ts.createProgram([page], inPage, host))).toEqual([]);
});

it.each(Object.entries(wrong))('the runtime refuses, in one line, %s', async (_, mistake) => {
  const refused = await (async () => mistake())().then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(refused).toBeInstanceOf(Error);
  expect([(refused as Error).name, (refused as Error).message]).toEqual([
    InputError.name,
    expect.stringMatching(/^[^\n]{10,400}$/),
  ]);
});

/** Options and descriptions: types whose fields users write. */
const optionTypes = /(Options|Settings|Description|Layer|BackendChoice|Watching)$/;
const checker = program.getTypeChecker();

describe('the hover text of', () => {
  const properties = new Map<
    string,
    { readonly text: string; readonly isOptional: boolean; readonly type: string }
  >();
  for (const path of entries) {
    const module = checker.getSymbolAtLocation(program.getSourceFile(path)!)!;
    for (const exported of checker.getExportsOfModule(module)) {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      if (
        !optionTypes.test(symbol.name) ||
        !(symbol.flags & (ts.SymbolFlags.Interface | ts.SymbolFlags.TypeAlias))
      )
        continue;
      const declared = checker.getDeclaredTypeOfSymbol(symbol);
      for (const type of declared.isUnion() ? declared.types : [declared])
        for (const property of checker.getPropertiesOfType(type))
          properties.set(`${checker.typeToString(type)}.${property.name}`, {
            text: ts.displayPartsToString(property.getDocumentationComment(checker)),
            isOptional: (property.flags & ts.SymbolFlags.Optional) !== 0,
            type: checker.typeToString(checker.getNonNullableType(checker.getTypeOfSymbol(property))),
          });
    }
  }
  const typed = [...properties].filter(([name, { type }]) => type !== 'never' && !/\.(kind)$/.test(name));

  it('options is there', () => {
    expect(typed.length).toBeGreaterThan(60);
  });

  it.each(typed.filter(([, { isOptional }]) => isOptional))('%s has the default', (_, { text }) => {
    expect(text).toMatch(/\bDefault\b/);
  });

  it.each(typed.filter(([, { type }]) => /^(readonly )?number/.test(type)))(
    '%s has the range',
    (_, { text }) => {
      expect(text).toMatch(/[\d⁰)] … |above \d|from \d/);
    },
  );
});
