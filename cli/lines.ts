/**
 * Cuts a text into lines while it comes, and only where JSON may have line breaks: a record may hold U+2028, at which
 * others cut, and who writes a record's user agent must not be able to hide it.
 */
import { BREAK } from './file-text.ts';

/** @returns lines, some of them empty; `BREAK` in place of one that is longer than `longest`. */
export async function* linesOf(chunks: AsyncIterable<string>, longest: number): AsyncIterable<string> {
  let parts: string[] = [];
  let length = 0;
  const take = (part: string) => {
    length += part.length;
    if (length > longest) parts = [BREAK];
    else parts.push(part);
  };
  const line = () => {
    const whole = parts.join('');
    [parts, length] = [[], 0];
    return whole;
  };
  for await (const chunk of chunks)
    for (const [at, part] of chunk.split(/[\r\n]/).entries()) {
      if (at > 0) yield line();
      take(part);
    }
  yield line();
}
