/** Reads the tokens of one line, and writes tokens as the server takes them. */
import { quoteIdentifier, quoteText } from './names.ts';
import { type Token, tokensOf } from './tokens.ts';

/** As the server takes it: no space around dots and at signs. Inside a name everything stays as it is. */
export const written = (tokens: readonly Token[]): string =>
  tokens.map((token, at) => `${isApart(tokens[at - 1], token) ? ' ' : ''}${quoted(token)}`).join('');

const isApart = (before: Token | undefined, token: Token): boolean =>
  before !== undefined && !isSign(before, '.@') && !isSign(token, '.@,');

const isSign = ({ kind, text }: Token, signs: string): boolean => kind === 'sign' && signs.includes(text);

function quoted({ kind, text }: Token): string {
  if (kind === 'name') return quoteIdentifier(text);
  return kind === 'text' ? quoteText(text) : text;
}

export class Reader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(line: string) {
    this.#tokens = tokensOf(line);
  }

  get done(): boolean {
    return this.#at >= this.#tokens.length;
  }

  next(): Token | undefined {
    return this.#tokens[this.#at++];
  }

  /** Goes past these words, if they are next. */
  take(...words: readonly string[]): boolean {
    const found = words.every((word, index) => this.#isWord(this.#at + index, word));
    if (found) this.#at += words.length;
    return found;
  }

  /** All before the next of these words; all that is left when there is none. */
  until(...words: readonly string[]): Token[] {
    const from = this.#at;
    while (!this.done && !words.some((word) => this.#isWord(this.#at, word))) this.#at++;
    return this.#tokens.slice(from, this.#at);
  }

  /** The user of `name@host`; nothing for a role, which has no host in MariaDB. */
  account(): string | undefined {
    const user = this.next();
    const at = this.#tokens[this.#at];
    if (user === undefined || at?.kind !== 'sign' || at.text !== '@') return undefined;
    this.#at += 2;
    return user.text;
  }

  #isWord(index: number, word: string): boolean {
    const token = this.#tokens[index];
    return token?.kind === 'word' && token.text.toUpperCase() === word;
  }
}
