/**
 * The little of Go's text/template that printed templates use, written anew so that it can judge them: text, and actions
 * `{{ operand | toJson }}` whose operand is a string constant or a name that the test gives a value.
 * The lexer's rules are those of Go's text/template/parse/lex.go: an action begins at every `{{` of the text, and ends at
 * the first `}}` outside a string constant.
 */

export function renderGo(text: string, values: Readonly<Record<string, unknown>>): string {
  let result = '';
  let rest = text;
  for (let open = rest.indexOf('{{'); open >= 0; open = rest.indexOf('{{')) {
    result += rest.slice(0, open);
    const action = /^\{\{((?:"(?:[^"\\\n]|\\.)*"|[^"}]|\}(?!\}))*)\}\}/.exec(rest.slice(open));
    if (action?.[1] === undefined) throw new Error(`an action does not end: ${rest.slice(open, open + 80)}`);
    result += evaluate(action[1].trim(), values);
    rest = rest.slice(open + action[0].length);
  }
  return result + rest;
}

function evaluate(action: string, values: Readonly<Record<string, unknown>>): string {
  const operand = /^(.*) \| toJson$/s.exec(action)?.[1];
  if (operand === undefined) throw new Error(`not an operand in JSON: ${action}`);
  if (operand.startsWith('"')) return goJson(goString(operand));
  if (!(operand in values)) throw new Error(`no value for ${operand}`);
  return goJson(values[operand]);
}

/** A constant of Go ("Interpreted string literals"): it shares JSON's escapes but for `\/` and halves of surrogate pairs. */
function goString(constant: string): string {
  if (constant.replaceAll('\\\\', '').includes('\\/')) throw new Error(`Go has no escape \\/: ${constant}`);
  return JSON.parse(constant) as string;
}

/** As Go's encoding/json: <, >, &, U+2028 and U+2029 are escaped. */
function goJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
