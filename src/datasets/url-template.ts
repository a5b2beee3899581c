import * as v from 'valibot';

/** What a URL template may leave to be filled in; `{period}` is another word for `{month}`. */
const PLACEHOLDERS = ['{dataset}', '{month}', '{period}'];

/** Whether a text could be a URL with a user name, which is where a password may be. */
function hasUser(text: string): boolean {
  return /^[a-z]+:\/*[^/?#]*@/i.test(text);
}

/** Whether a template has a place for the month. */
export function namesMonth(template: string): boolean {
  return template.includes('{month}') || template.includes('{period}');
}

/** A URL template of files that a worker may fetch. */
export const urlTemplate = v.pipe(
  v.string('must be a URL template'),
  v.regex(/^(https?:\/\/|file:\/)/, 'must begin with http://, https:// or file:/'),
  v.check(
    (url) => URL.canParse(url) && !/^https?:\/\/[^/]*\{/.test(url),
    'must be a URL whose host has no placeholder',
  ),
  v.check((url) => !hasUser(url), 'must not hold a user name or password; fareflow sends none'),
  v.check((url) => !/^file:\/\/[^/]/.test(url), 'must have three slashes or one after file:'),
  v.check(
    (url) => (url.match(/\{[^}]*\}?/g) ?? []).every((found) => PLACEHOLDERS.includes(found)),
    `must have no placeholders but {dataset} and {month} (or {period})`,
  ),
);
