"""The NumPy step as an adapter: asf-bp oracle --stdio 'python3 adapter.py' CASE…"""

import json
import sys

import numpy as np

from numpy_step import step


def say(**message):
    print(json.dumps(message), flush=True)


def answer(case):
    if case['optimiser'] != 'adam':
        return say(type='skip', id=case['id'], reason='this step knows Adam')
    given = {key: np.array(each['data']).reshape(each['shape']) for key, each in case['arrays'].items()}
    made = step(given, case['network'], case['choices'])
    listed = {key: {'shape': array.shape, 'data': array.ravel().tolist()} for key, array in made.items()}
    say(type='result', id=case['id'], arrays=listed)


say(type='hello', version=1, name='numpy')
for message in map(json.loads, sys.stdin):
    if message['type'] == 'case':
        answer(message)
