// Puts generated files in place: all of them or none, never over a file that a user wrote, even if the process is killed.
// It knows paths and text, nothing about networks.
// Depends only on Node's own modules; everything that generates files depends on it.
export { BusyError, ForeignFileError, GeneratedFileError, type Obstacle, WriteError } from './errors.ts';
export { type GeneratedFile, isOurs } from './file.ts';
export { writeFiles, type WriteOptions, type WriteReport } from './writer.ts';
