/** Templates of the page. */
import htm from 'htm';
import { h } from 'preact';

/** Controls, and what turns the direction of a text: names come from files. */
const unprintable = /[^\P{Cc}\s]|\p{Bidi_Control}/gu;

/** A child as it is shown. */
const shown = (child) =>
  Array.isArray(child)
    ? child.map(shown)
    : typeof child === 'string'
      ? child.replace(unprintable, '?')
      : child;

export const html = htm.bind((type, props, ...children) => h(type, props, ...children.map(shown)));
