/** Words of the SQL text of an activity: queries, scripts, and names of stored procedures. */
import { isList, isObject, type Json } from '../data-factory/json';

/** Keys whose text is SQL, in any case: sqlReaderQuery, preCopyScript, storedProcedureName. */
const sqlKey = /query$|script$|^storedprocedurename$|storedprocedurename$/i;
const scriptsKey = /^scripts$/i;
const maxDepth = 12;
const maxTextLength = 100_000;
const maxWords = 200;
/** Words of nearly every query tell nothing. */
const commonWords = new Set(
  'select from where and or as on in is not null join left right inner outer group by order insert into update set delete values with case when then else end top distinct union all exists like between desc asc concat pipeline activity output dataset item parameters variables formatdatetime utcnow'.split(
    ' ',
  ),
);

/** Each word once, in the order of the text. Empty if there is no SQL. */
export function sqlWords(typeProperties: Json | undefined): string {
  const words = new Set<string>();
  collect(typeProperties, false, 0, (text) => {
    for (const [word] of text.slice(0, maxTextLength).matchAll(/[\p{L}\p{N}_$#]+/gu)) {
      if (words.size >= maxWords) return;
      if (word.length > 1 && word.length <= 128 && !commonWords.has(word.toLowerCase()))
        words.add(word);
    }
  });
  return [...words].join(' ');
}

/** An expression is an object whose `value` holds the text. */
function collect(
  value: Json | undefined,
  isSql: boolean,
  depth: number,
  add: (text: string) => void,
): void {
  if (depth > maxDepth) return;
  if (typeof value === 'string') {
    if (isSql) add(value);
  } else if (isList(value)) {
    for (const each of value) collect(each, isSql, depth + 1, add);
  } else if (isObject(value))
    for (const [key, field] of Object.entries(value))
      if (isSql ? /^(?:value|text)$/i.test(key) : sqlKey.test(key) || scriptsKey.test(key))
        collect(field, true, depth + 1, add);
      else if (!isSql && !/^(?:activities|if\w+activities|cases|defaultactivities)$/i.test(key))
        collect(field, false, depth + 1, add);
}
