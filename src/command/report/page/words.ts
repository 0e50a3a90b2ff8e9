/** The words of a page for names of our code. */
import { spelled } from '../../../printable.ts';

/** Printed names of our data sets, networks and rules; other names are unchanged. */
const names: Readonly<Record<string, string>> = {
  mnist: 'MNIST',
  fashion: 'Fashion-MNIST',
  cifar10: 'CIFAR-10',
  nmnist: 'N-MNIST',
  'dvs-gesture': 'DVS Gesture',
  'cifar10-dvs': 'CIFAR10-DVS',
  lenet: 'LeNet',
  'lenet-nmnist': 'LeNet',
  vgg7: 'VGG7',
  'vgg7-dvs': 'VGG7',
  asf: 'ASF-BP',
  stbp: 'STBP',
  lee: 'Lee et al. 2020',
  linear: 'fully connected',
};

export const wordsOf = (name: string): string => (Object.hasOwn(names, name) ? names[name] : name);

/** `2 averagePool`, as results have it → `2 average pool`. */
export function layerWords(key: string): string {
  const [n = '', kind = ''] = key.split(' ');
  return `${n} ${spelled(wordsOf(kind))}`.trim();
}
