"""Judges an implementation by shipped vectors, without Node.

    python3 check.py MINE.py FOLDER…     # MINE.py has step(inputs, network, variant) -> {key: array}

FOLDER is searched for cases (manifest.json, case.npz); those of class exact, margin and interval are judged. Arrays that step() does
not give are not; a case of which it gives none is skipped. Exit code 0: all right, 1: something is wrong, 2: nothing judged.
"""

import importlib.util
import json
import pathlib
import sys

import numpy as np


def load(path):
    path = pathlib.Path(path).resolve()
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def cases(folders):
    for folder in folders:
        for path in sorted(pathlib.Path(folder).rglob('manifest.json')):
            manifest = json.loads(path.read_text())
            if manifest.get('class') in ('exact', 'margin', 'interval'):
                yield manifest, np.load(path.parent / 'case.npz')


def wrong(got, case, key):
    """Where an array is not what it may be; an interval has low and high."""
    expected = case[f'expected.{key}']
    if got.shape != expected.shape:
        return np.ones(expected.shape, bool)
    if f'low.{key}' in case:
        return ~((case[f'low.{key}'] <= got) & (got <= case[f'high.{key}']))
    return ~(got == expected)


def judge(manifest, case, step):
    """Lines about a case, and how many of its arrays were right and wrong."""
    inputs = {key: case[key] for key in manifest['inputs']}
    made = step(inputs, manifest['network'], manifest['variant'])
    lines, right, bad = [], 0, 0
    for key in manifest['expected']:
        if key not in made:
            continue
        # (K,1,1) is (K), as in `asf-bp check`.
        expected = case[f'expected.{key}']
        got = np.asarray(made[key])
        got = got.reshape(expected.shape) if got.size == expected.size else got
        where = wrong(got, case, key)
        if not where.any():
            right += 1
            continue
        bad += 1
        at = tuple(int(i) for i in np.argwhere(where)[0])
        value = got[at] if got.shape == where.shape else f'shape {got.shape}'
        lines.append(f"  {key}{list(at)}: expected {expected[at]}, got {value}; {where.sum()} wrong")
    return lines, right, bad


def main(program, *folders):
    step = load(program).step
    total = {'right': 0, 'wrong': 0, 'skipped': 0}
    for manifest, case in cases(folders):
        lines, right, bad = judge(manifest, case, step)
        total['wrong' if bad else 'right' if right else 'skipped'] += 1
        if bad:
            print(f"{manifest['id']}: {bad} of {right + bad} arrays wrong; it catches {', '.join(manifest['flags'])}")
            print('\n'.join(lines))
    print(', '.join(f'{count} cases {word}' for word, count in total.items()))
    return 1 if total['wrong'] else 0 if total['right'] else 2


if __name__ == '__main__':
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
