"""Checks an implementation with shipped vectors, without Node.

    python3 check.py MINE.py FOLDER…     # MINE.py has step(inputs, network, variant) -> {key: array}

It finds the cases in FOLDER (manifest.json, case.npz), and checks those of class exact, margin and interval. It ignores arrays that
step() does not return, and cases without any. It counts the cases that it cannot check: `either` needs `asf-bp check`, which follows
the branch that was taken; a digest needs the order of the sums; and fixed point needs whole numbers.
Exit code 0: all right, 1: something is wrong, 2: nothing checked.
"""

import collections
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
            yield json.loads(path.read_text()), np.load(path.parent / 'case.npz')


def beyond(manifest):
    """The reason why this file cannot check a case; None if it can."""
    if manifest['precision'] == 'fixed':
        return 'fixed point'
    return None if manifest['class'] in ('exact', 'margin', 'interval') else manifest['class']


def wrong(got, case, key):
    """The places where an array is wrong. An interval has the bounds low and high."""
    expected = case[f'expected.{key}']
    if got.shape != expected.shape:
        return np.ones(expected.shape, bool)
    if f'low.{key}' in case:
        return ~((case[f'low.{key}'] <= got) & (got <= case[f'high.{key}']))
    return ~(got == expected)


def judge(manifest, case, step):
    """Lines about a case, and the numbers of its right and wrong arrays."""
    inputs = {key: case[key] for key in manifest['inputs']}
    made = step(inputs, manifest['network'], manifest['variant'])
    lines, right, bad = [], 0, 0
    for key in manifest['expected']:
        if key not in made:
            continue
        # The shape (K,1,1) counts as (K), as in `asf-bp check`.
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
    total, others = {'right': 0, 'wrong': 0, 'skipped': 0}, collections.Counter()
    for manifest, case in cases(folders):
        if beyond(manifest):
            others[beyond(manifest)] += 1
            continue
        lines, right, bad = judge(manifest, case, step)
        total['wrong' if bad else 'right' if right else 'skipped'] += 1
        if bad:
            print(f"{manifest['id']}: {bad} of {right + bad} arrays wrong; it catches {', '.join(manifest['flags'])}")
            print('\n'.join(lines))
    print(', '.join(f'{count} cases {word}' for word, count in total.items()))
    if others:
        print('not for this program:', ', '.join(f'{count} {word}' for word, count in others.items()))
    return 1 if total['wrong'] else 0 if total['right'] else 2


if __name__ == '__main__':
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
