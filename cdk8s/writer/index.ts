// Puts generated files in place: all of them or none, never over a file that a person wrote, and safe against being
// killed at any moment. Knows paths and text, nothing of networks.
// Depends on nothing but node's own modules; everything that generates files depends on it.
export { BusyError, ForeignFileError, GeneratedFileError, type Obstacle, WriteError } from './errors.ts';
export { type GeneratedFile, isOurs } from './file.ts';
export { writeFiles, type WriteOptions, type WriteReport } from './writer.ts';
