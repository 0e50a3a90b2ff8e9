/** The files of a set of cases, and the record of their versions. */
import { fail, pathOf, type Draft, type Vector } from './case.ts';
import { apartOf } from './choices.ts';
import { certify } from './certify.ts';
import { certifyEpoch, type EpochDraft } from './epoch.ts';
import { certifyFixed, type FixedDraft } from './fixed.ts';
import { encode, filesOf, sha256, type Files } from './files.ts';

/** For each case, the hashes of its versions from version 1 on. */
export type Versions = Readonly<Record<string, readonly string[]>>;

export const versionsFile = 'versions.json';

export interface Made {
  readonly files: Files;
  /** For each case, its draft and its hash. */
  readonly cases: ReadonlyMap<string, { readonly draft: Draft; readonly hash: string }>;
  readonly vectors: readonly Vector[];
}

/** The files of each case in turn: stages and steps, which are also added to `vectors`; epochs; and cases in fixed point. */
export async function* eachCase(
  drafts: readonly Draft[],
  epochs: readonly EpochDraft[],
  fixed: readonly FixedDraft[],
  vectors = new Map<string, Vector>(),
): AsyncGenerator<[Draft, Files]> {
  for (const draft of drafts) {
    const vector = certify(draft);
    vectors.set(pathOf(draft), vector);
    const base = draft.pair === undefined ? undefined : vectors.get(draft.pair);
    yield [draft, await filesOf(vector, base && apartOf(vector, base))];
  }
  for (const draft of epochs) yield [draft, await certifyEpoch(draft)];
  for (const draft of fixed) yield [draft, await certifyFixed(draft)];
}

/** All files of a set except the record of versions. */
export async function makeSet(
  drafts: readonly Draft[],
  epochs: readonly EpochDraft[],
  fixed: readonly FixedDraft[],
): Promise<Made> {
  const files: Files = new Map();
  const cases = new Map<string, { draft: Draft; hash: string }>();
  const vectors = new Map<string, Vector>();
  for await (const [draft, own] of eachCase(drafts, epochs, fixed, vectors)) {
    if (cases.has(pathOf(draft))) fail(draft, 'the name is there twice');
    for (const [path, bytes] of own) files.set(path, bytes);
    cases.set(pathOf(draft), { draft, hash: await hashOf(own) });
  }
  return { files, cases, vectors: [...vectors.values()] };
}

/** The hash of a case, from the names and hashes of its files. */
async function hashOf(files: Files): Promise<string> {
  const lines = await Promise.all(
    [...files].map(async ([path, bytes]) => `${await sha256(bytes)}  ${path}\n`),
  );
  return sha256(encode(lines.sort().join('')));
}

/**
 * Adds this set's versions to the record, and keeps the recorded ones. A changed case needs a new version.
 *
 * @throws Error if a case differs from the record of its version, or if its version is not the next
 */
export function recordVersions({ cases }: Made, recorded: Versions): Versions {
  const all: Record<string, readonly string[]> = { ...recorded };
  for (const [path, { draft, hash }] of cases) {
    const known = recorded[path] ?? [];
    const { version } = draft;
    if (version !== known.length && version !== known.length + 1)
      fail(
        draft,
        `version ${version} does not follow ${known.length}: give its draft version ${known.length + 1}`,
      );
    if (version === known.length && known[version - 1] !== hash)
      fail(draft, `it has changed and still is version ${version}: count its version up`);
    all[path] = [...known.slice(0, version - 1), hash];
  }
  return Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)));
}
