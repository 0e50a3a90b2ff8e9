/** Networks of the command: by name, by description, by model file. */
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { InputError, nearest } from '../errors.ts';
import { decodeModel, parseJson, type ModelFile } from '../formats/model.ts';
import type { NetworkFile } from '../network/models.ts';
import { models } from '../network/network.ts';
import { readFile } from './files.ts';

/** A description by name, or from a JSON file. */
export function openModelDescription(model: string, where: string): { file: NetworkFile; name: string } {
  if (Object.hasOwn(models, model)) return { file: models[model], name: model };
  if (!existsSync(model)) {
    const near = nearest(model, Object.keys(models));
    const hint = near === undefined ? '' : `; did you mean ${near}?`;
    const known = `${Object.keys(models).join(', ')}, or a JSON file`;
    throw new InputError(
      `${where}: "--model" expected one of ${known}, got ${model}: no such name or file${hint}`,
    );
  }
  const text = new TextDecoder().decode(readFile(model, where));
  return { file: parseJson(text, model) as NetworkFile, name: basename(model, '.json') };
}

/** A model or a checkpoint. */
export function openModel(path: string, where: string): ModelFile {
  return decodeModel(readFile(path, where), path);
}
