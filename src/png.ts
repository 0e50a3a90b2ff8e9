/** `asf-bp/png`: pictures of strangers; apart, so that who reads none does not load it. */
export { readPng, type Picture } from './formats/png.ts';
export { mapOf } from './formats/pictureBytes.ts';
export type { CanvasPicture } from './formats/digit.ts';
