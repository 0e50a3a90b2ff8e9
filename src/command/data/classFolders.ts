/** Folders of files by class: pictures, or recordings. */
import { join } from 'node:path';
import type { Dataset } from '../../data/dataset.ts';
import { compareFiles } from '../../data/recordings.ts';
import { refuse } from '../../errors.ts';
import { isFolder } from '../files.ts';
import { namesIn, type Readers } from './place.ts';
import { inTenths, splitClasses } from './split.ts';

export interface ClassFile {
  readonly file: string;
  readonly label: number;
}

/** The files that a folder of a class is asked for. */
export interface FileForm {
  /** What they are, in a message. */
  readonly words: string;
  readonly ending: RegExp;
  /** Endings of files that could be meant, and what to do with them. */
  readonly other?: { readonly ending: RegExp; readonly next: string };
}

/** Whether a folder has such files by class, or such folders `train` and `test`. */
export function hasFiles(folder: string, where: string, { ending }: FileForm): boolean {
  return rootsOf(folder, where).some((root) =>
    foldersIn(root, where).some((name) => namesIn(join(root, name), where).some((file) => ending.test(file))),
  );
}

/**
 * `<class>/<file>`, of which a tenth of each class is the test part; or `train/<class>/<file>` and `test/<class>/<file>`. The classes are
 * the folders' names in order, 0 the first; or those that a model knows, and no others.
 *
 * @param read the samples of some files
 * @returns the parts, and the files of training
 */
export function openClasses(
  folder: string,
  where: string,
  form: FileForm,
  read: (name: string, list: readonly ClassFile[]) => Dataset,
  known: readonly string[] = [],
): Readers & { readonly classes: readonly string[]; readonly files: () => readonly ClassFile[] } {
  const [first] = rootsOf(folder, where);
  const own = foldersIn(first, where).sort(compareFiles);
  const classes = known.length > 0 ? known : own;
  const unknown = own.find((name) => !classes.includes(name));
  if (unknown !== undefined) refuse(where, folder, `only the classes ${classes.join(', ')}`, unknown);
  const kept = (): { classes: readonly string[] } => ({ classes });
  const filesOf = (root: string): ClassFile[] => listOf(root, classes, where, form);
  if (first !== folder && isFolder(join(folder, 'test'))) {
    const part = (kind: 'train' | 'test'): Dataset => read(`${folder} ${kind}`, filesOf(join(folder, kind)));
    return {
      train: () => part('train'),
      test: () => part('test'),
      kept,
      classes,
      files: () => filesOf(first),
    };
  }
  const list = filesOf(first);
  const chosen = (places: Int32Array): ClassFile[] => Array.from(places, (place) => list[place]);
  const samples = { length: list.length, label: (i: number) => list[i].label };
  const files = (): ClassFile[] => chosen(splitClasses(samples.length, samples.label).train);
  const readers = inTenths(
    folder,
    where,
    () => samples,
    (name, places) => read(name, places ? chosen(places) : list),
  );
  return { ...readers, kept, classes, files };
}

/** The folders `train` and `test` that there are; or the folder itself. */
function rootsOf(folder: string, where: string): string[] {
  const parts = ['train', 'test'].map((name) => join(folder, name)).filter(isFolder);
  return parts.length > 0 && parts.every((part) => foldersIn(part, where).length > 0) ? parts : [folder];
}

function foldersIn(folder: string, where: string): string[] {
  return namesIn(folder, where).filter((name) => isFolder(join(folder, name)));
}

function listOf(
  root: string,
  classes: readonly string[],
  where: string,
  { words, ending, other }: FileForm,
): ClassFile[] {
  const unknown = foldersIn(root, where).find((name) => !classes.includes(name));
  if (unknown !== undefined)
    refuse(where, root, `only the classes ${classes.join(', ')}`, unknown, 'each part has the same folders');
  const list = classes.flatMap((name, label) => {
    const folder = join(root, name);
    const names = namesIn(folder, where);
    const wrong = other && names.find((each) => other.ending.test(each));
    if (wrong !== undefined) refuse(where, folder, words, wrong, other?.next);
    const files = names.filter((each) => ending.test(each)).map((each) => join(folder, each));
    return files.sort(compareFiles).map((file) => ({ file, label }));
  });
  if (list.length === 0) refuse(where, root, `folders of ${words}, one a class`, 'none');
  return list;
}
