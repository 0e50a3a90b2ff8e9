/** `asf-bp/png`: pictures of strangers; apart, so that who reads none does not load it. */
export { readPng, type Picture } from './formats/png.ts';
export { mapOf } from './pictures/pictureBytes.ts';
export type { CanvasPicture } from './pictures/digit.ts';
