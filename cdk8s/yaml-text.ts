/**
 * YAML that Go's readers (Helm, kubectl) and ours take for the same data. They disagree on which plain words are no texts:
 * Go reads `on` as true, `0b11`, `0o17`, `1_000` and `1e3` as numbers, as values and as keys, and joins lines at U+0085.
 * So a text is plain only where nobody can differ, and in double quotes otherwise; no block scalars, whose indentation is
 * one more thing to differ on. Long lines stay whole.
 */
import { Document, type ScalarTag } from 'yaml';

const TEXT = 'tag:yaml.org,2002:str';
/** Words that begin with a letter, without ": " and " #". */
const WORDS = /^[A-Za-z/]([A-Za-z0-9_./(),'{}=-]|:(?=[^ ])| (?=[^ #]))*$/;
/** Addresses, subnets and versions; times and sizes with a unit. */
const NUMBERS = /^([0-9]+(\.[0-9]+){2,3}(\/[0-9]+)?|([0-9]+(h|m|s|Mi|Gi))+)$/;
const NO_TEXT = /^(y|n|yes|no|on|off|true|false|null)$/i;

/** One document; `tags` print values of the caller's own. */
export function yamlText(value: unknown, tags: readonly ScalarTag[] = []): string {
  const doc = new Document(value, {
    customTags: (known) => [...tags, text, ...known.filter((tag) => typeof tag === 'string' || tag.tag !== TEXT)],
    aliasDuplicateObjects: false,
  });
  return doc.toString({ lineWidth: 0 });
}

const text: ScalarTag = {
  tag: TEXT,
  default: true,
  identify: (value) => typeof value === 'string',
  resolve: (source) => source,
  stringify: ({ value }) => {
    const source = String(value);
    const plain = (WORDS.test(source) && !NO_TEXT.test(source)) || NUMBERS.test(source);
    return plain ? source : quoted(source);
  },
};

/** As JSON, with every character that is neither visible nor a space as an escape that YAML knows. */
function quoted(source: string): string {
  return JSON.stringify(source).replace(/(?! )[\p{C}\p{Z}]/gu, (sign) => {
    const code = (sign.codePointAt(0) ?? 0).toString(16);
    return code.length > 4 ? `\\U${code.padStart(8, '0')}` : `\\u${code.padStart(4, '0')}`;
  });
}
