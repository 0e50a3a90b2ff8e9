import htm from 'htm';
import { h } from 'preact';

/** Control characters, and characters that change the direction of text. Names from files may have them. */
const unprintable = /[^\P{Cc}\s]|\p{Bidi_Control}/gu;

/** Replaces unprintable characters in a child of a template. */
const shown = (child) =>
  Array.isArray(child)
    ? child.map(shown)
    : typeof child === 'string'
      ? child.replace(unprintable, '?')
      : child;

export const html = htm.bind((type, props, ...children) => h(type, props, ...children.map(shown)));
