/** Folders with one folder of files per class: pictures or recordings. */
import { join } from 'node:path';
import { type Dataset, type Recording, compareFiles } from '../../data/index.ts';
import { refuse } from '../../errors.ts';
import { isFolder, namesIn } from '../files.ts';
import { once, type Readers, inTenths, splitClasses } from './place.ts';

export interface FileForm {
  /** The name of these files in messages. */
  readonly words: string;
  readonly ending: RegExp;
  /** Endings of similar files, and the advice for them. */
  readonly other?: { readonly ending: RegExp; readonly next: string };
}

export type ClassTree = ReturnType<typeof treeOf>;

/**
 * Lists a folder of classes. `roots` has the names of files by class, either for the folder itself, or for each of its folders `train` and
 * `test`.
 */
export function treeOf(folder: string, where: string) {
  const classesIn = (root: string): Map<string, readonly string[]> => {
    const folders = namesIn(root, where).filter((name) => isFolder(join(root, name)));
    return new Map(folders.map((name) => [name, namesIn(join(root, name), where)]));
  };
  const parts = ['train', 'test'].map((name) => join(folder, name)).filter(isFolder);
  const found = new Map(parts.map((part) => [part, classesIn(part)]));
  const isDivided = parts.length > 0 && parts.every((part) => found.get(part)!.size > 0); // `found` has all parts
  return { folder, where, roots: isDivided ? found : new Map([[folder, classesIn(folder)]]) };
}

export function hasFiles({ roots }: ClassTree, { ending }: FileForm): boolean {
  const names = [...roots.values()].flatMap((classes) => [...classes.values()]);
  return names.some((files) => files.some((file) => ending.test(file)));
}

export interface ClassSet extends Readers {
  readonly classes: readonly string[];
  /** The files of the training part. */
  readonly files: () => readonly Recording[];
}

/**
 * Opens `train/<class>/<file>` and `test/<class>/<file>`; or `<class>/<file>`, with a tenth of each class as the test part. The folder
 * names, in order, are the classes 0, 1, … If a model knows its classes, its order applies, and other folders are refused.
 */
export function openClasses(
  { folder, where, roots }: ClassTree,
  { words, ending, other }: FileForm,
  read: (name: string, list: readonly Recording[]) => Dataset,
  known: readonly string[] = [],
): ClassSet {
  const [[first, folders]] = roots;
  const classNames = [...folders.keys()].sort(compareFiles);
  const classes = known.length > 0 ? known : classNames;
  const unknown = classNames.find((name) => !classes.includes(name));
  if (unknown !== undefined) refuse(where, folder, `only the classes ${classes.join(', ')}`, unknown);
  const metadata = (): { classes: readonly string[] } => ({ classes });
  const filesOf = (root: string): Recording[] => {
    const inRoot = roots.get(root) ?? new Map<string, readonly string[]>();
    const stranger = [...inRoot.keys()].find((name) => !classes.includes(name));
    if (stranger !== undefined)
      refuse(
        where,
        root,
        `only the classes ${classes.join(', ')}`,
        stranger,
        'each part has the same folders',
      );
    const list = classes.flatMap((name, label) => {
      const below = join(root, name);
      const names = inRoot.get(name) ?? [];
      const wrong = other && names.find((each) => other.ending.test(each));
      if (wrong !== undefined) refuse(where, below, words, wrong, other?.next);
      const files = names.filter((each) => ending.test(each)).map((each) => join(below, each));
      return files.sort(compareFiles).map((file) => ({ file, label }));
    });
    if (list.length === 0) refuse(where, root, `folders of ${words}, one per class`, 'none');
    return list;
  };
  if (roots.has(join(folder, 'test'))) {
    const [train, test] = ['train', 'test'].map(
      (kind) => (): Dataset => read(`${folder} ${kind}`, filesOf(join(folder, kind))),
    );
    return { train, test, metadata, classes, files: () => filesOf(first) };
  }
  const list = filesOf(first);
  const chosen = (indices: Int32Array): Recording[] => Array.from(indices, (index) => list[index]);
  const samples = { length: list.length, label: (i: number) => list[i].label };
  const readers = inTenths(
    folder,
    where,
    () => samples,
    (name, indices) => read(name, indices ? chosen(indices) : list),
  );
  const files = once(() => chosen(splitClasses(samples.length, samples.label).train));
  return { ...readers, metadata, classes, files };
}
