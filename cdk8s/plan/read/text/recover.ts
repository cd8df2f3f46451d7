/** YAML with mistakes: the mistake of each broken top-level section, and the data of all other sections. */
import { pathText, type Path } from '../../finding.ts';
import { explain, noTopLevelKey, type Explained } from './mistakes.ts';
import { sectionsOf, withoutSections, type Section } from './sections.ts';
import { compose, type Composed } from './yaml.ts';

export interface SectionMistake extends Explained {
  readonly path: Path;
}

export interface ReadSections {
  readonly contents: Composed['contents'];
  /** Top-level keys whose text is not valid YAML; the empty path if the whole text is not. */
  readonly broken: readonly Path[];
  readonly mistakes: readonly SectionMistake[];
}

/** More sections than a plan has: a text with so many mistakes is not a plan, and further messages do not help. */
const MOST_MISTAKES = 50;

/** Reads the text as a whole, and section by section only if it has a mistake, so that anchors work and reading is fast. */
export function readSections(text: string): ReadSections {
  const whole = compose(text);
  if (!whole.mistake) return { contents: whole.contents, broken: [], mistakes: [] };
  const broken: Section[] = [];
  const mistakes: SectionMistake[] = [];
  for (const section of sectionsOf(text)) {
    const part = text.slice(section.start, section.end);
    const { contents, mistake } = compose(part);
    const explained = mistake ? explain(part, contents, mistake) : noTopLevelKey(part, contents);
    if (!explained) continue;
    const path = section.names.slice(0, 1);
    const remedy = `${explained.remedy}; nothing else under ${pathText(path)} was checked`;
    mistakes.push({ ...explained, remedy, offset: section.start + explained.offset, path });
    broken.push(section);
    if (mistakes.length === MOST_MISTAKES) return { contents: null, broken: [[]], mistakes };
  }
  const rest = compose(withoutSections(text, broken));
  if (rest.contents && !rest.mistake)
    return { contents: rest.contents, broken: broken.flatMap(({ names }) => names.map((name) => [name])), mistakes };
  if (mistakes.length === 0) mistakes.push({ ...explain(text, whole.contents, whole.mistake), path: [] });
  return { contents: null, broken: [[]], mistakes };
}
