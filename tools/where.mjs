/** Prints where a built tool lies, for tests that are not written in JavaScript. Exit status: 0 there, 1 not, 2 usage. */
import { toolNamed, toolState } from './cache.mjs';

const [name, ...rest] = process.argv.slice(2);
if (name === undefined || rest.length > 0) {
  console.error('usage: node tools/where.mjs <tool>');
  process.exitCode = 2;
} else {
  try {
    const { program, present } = toolState(toolNamed(name));
    if (present) console.log(program);
    else console.error(`${name} is not built; run npm run test:setup`);
    process.exitCode = present ? 0 : 1;
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 2;
  }
}
