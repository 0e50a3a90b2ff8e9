/** Pictures and drawings as intensities, for the command. */
export { digitFromPng, edgesOf, meansOf } from './digit.ts';
export { bytesOfPicture, isGray } from './pictureBytes.ts';
