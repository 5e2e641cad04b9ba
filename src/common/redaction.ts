import type { Config } from '../config/config.js';

/** Personal data to redact beside secrets and the numbers of cards, accounts and people, which always are. */
interface RedactionOptions {
  emails: boolean;
  phones: boolean;
}

/** Texts of these forms are keys whatever stands around them. All patterns take linear time: none repeats a repetition. */
const KEYS = [
  /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----|$)/g,
  /\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?/g, // JSON Web Token
  /\b(?:sk|pk|rk)[-_](?:live[-_]|test[-_]|proj[-_]|ant[-_]|or[-_])?[\w-]{16,}/g, // OpenAI, Anthropic, Stripe
  /\b(?:gh[pousr]_|github_pat_|glpat-|gsk_|hf_|npm_|pypi-|dop_v1_|shpat_|shpss_|xai-|r8_|lin_api_|ntn_|whsec_)[\w-]{16,}/g,
  /\bxox[abeoprs]-[\w-]{10,}/g, // Slack
  /\b(?:AKIA|ASIA|AGPA|AIDA|AROA)[0-9A-Z]{16}\b/g, // AWS
  /\bAIza[\w-]{30,}/g, // Google
  /\bya29\.[\w-]{20,}/g,
  /\bSG\.[\w-]{16,}\.[\w-]{16,}/g, // SendGrid
  /\b\d{8,10}:[\w-]{35}/g, // Telegram bot
  /(?<=\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@]{0,100}:)[^\s@/]{1,200}(?=@)/gi, // the password of a URL
  /(?<=\b(?:bearer|basic)\s+)[\w.~+/=-]{12,}/gi,
];

/** What passwords are called, in a few languages, and what stands between that and the password. */
const NAMES = [
  'password|passwd|passphrase|pwd|secret|api[ _-]?key|access[ _-]?key|private[ _-]?key|auth[ _-]?token',
  'access[ _-]?token|token|passcode|pin|passwort|kennwort|contraseña|mot de passe|senha|wachtwoord|hasło',
  'lösenord|пароль|密码|密碼|パスワード|비밀번호|ssn|social security(?: number)?',
].join('|');
const LINKS = String.raw`[:=：]|\b(?:is|was|ist|lautet|es|est)\b|[是は]`;

/** "password: hunter2", "API_KEY=abc123", "mein Passwort ist hunter2". */
const NAMED = new RegExp(
  String.raw`(?<=(?:${NAMES})["'\`]?\s{0,3}(?:${LINKS})\s{0,3}["'\`]?)[^\s"'\`,;]{3,}`,
  'gi',
);
const ASSIGNS = /[:=：]\s{0,3}["'`]?$/;

/** A long run of letters and digits mixed is a key of some kind; an id of the form of a UUID is not. */
const RANDOM = /(?<![\w+/=-])[\w+/=-]{32,}(?![\w+/=-])/g;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

const EMAIL = /[\p{L}\p{N}._%+-]{1,64}@(?:[\p{L}\p{N}-]{1,63}\.){1,8}[\p{L}]{2,24}/gu;
const PHONE = /(?<![\w.])(?:\+|00|\()?\d(?:[ \u00a0()./-]{0,2}\d){7,14}(?!\w)/g;
const LOOKS_LIKE_DATE = /^\d{4}[-./]\d{1,2}[-./]\d{1,2}|^\d{1,2}[-./]\d{1,2}[-./]\d{4}/;

/** An account number of ISO 13616: its country and check digits, and what may follow them, to the end of a word. */
const IBAN_HEAD = /(?<![\p{L}\p{N}])[A-Z]{2}[ \u00a0-]?\d{2}/giu;
const IBAN_REST = /(?:[ \u00a0-]?[A-Z0-9]){11,30}(?![\p{L}\p{N}])/iuy;
const WORD_END = /[A-Z0-9](?![A-Z0-9])/gi;

/** US social security numbers, as they are issued and written: no other nine digits are taken for one. */
const SSN = /(?<![\w-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])/g;

const DIGIT_RUN = /[\d０-９](?:[ \u00a0\t.–-]?[\d０-９]){12,}/g;
/** The groups of a card, on lines of their own or further apart. */
const DIGIT_GROUPS =
  /(?<!\d)\d{4}[\s.–-]{1,3}(?:\d{6}[\s.–-]{1,3}\d{4,5}|(?:\d{4}[\s.–-]{1,3}){2}\d{4}(?:[\s.–-]{1,3}\d{1,3})?)(?!\d)/g;

/** Between ASCII characters what cannot be seen means nothing, and would hide a key or a number from the patterns. */
const INVISIBLE = /(?<=[!-~])\p{Cf}+(?=[!-~])/gu;

/** Redacts as the configuration says. */
export function redactor({ REDACT_EMAILS: emails, REDACT_PHONES: phones }: Config): (text: string) => string {
  return (text) => redact(text, { emails, phones });
}

/** The text without what must not be remembered. */
export function redact(text: string, { emails, phones }: RedactionOptions): string {
  let clean = text.replace(INVISIBLE, '');
  for (const pattern of KEYS) clean = clean.replace(pattern, '[secret]');
  clean = clean.replace(NAMED, (value, offset: number) =>
    // "the secret is patience" is no password, "the password is pa55word" is one.
    ASSIGNS.test(clean.slice(Math.max(0, offset - 8), offset)) || /[^\p{L}.!?)]/u.test(value)
      ? '[secret]'
      : value,
  );
  clean = withoutIbans(clean).replace(SSN, '[social security number]');
  clean = clean.replace(RANDOM, (run) => (isRandom(run) ? '[secret]' : run));
  clean = clean.replace(DIGIT_RUN, withoutCards).replace(DIGIT_GROUPS, withoutCards);
  if (emails) clean = clean.replace(EMAIL, '[e-mail]');
  if (phones) clean = clean.replace(PHONE, (run) => (LOOKS_LIKE_DATE.test(run) ? run : '[phone]'));
  return clean;
}

function isRandom(run: string): boolean {
  if (UUID.test(run)) return false;
  const digits = run.match(/\d/g)?.length ?? 0;
  return digits >= 4 && /[A-Za-z]/.test(run) && new Set(run).size >= 10;
}

/** Wherever a word ends and the check digits are right, an IBAN ends, whatever the words after it are made of. */
function withoutIbans(text: string): string {
  let clean = '';
  let done = 0;
  for (const { index, 0: head } of text.matchAll(IBAN_HEAD)) {
    if (index < done) continue;
    IBAN_REST.lastIndex = index + head.length;
    const run = head + (IBAN_REST.exec(text)?.[0] ?? '');
    const ends = [...run.matchAll(WORD_END)].map((word) => word.index + 1);
    const end = ends.findLast((place) => isIban(run.slice(0, place).replace(/[ \u00a0-]/g, '')));
    if (end === undefined) continue;
    clean += `${text.slice(done, index)}[iban]`;
    done = index + end;
  }
  return clean + text.slice(done);
}

/** Most of one is digits, whatever the country: a phrase that begins like one ("at 10 ...") has too few of them. */
function isIban(number: string): boolean {
  const digits = number.match(/\d/g)?.length ?? 0;
  if (number.length < 15 || digits * 2 < number.length) return false;
  let remainder = 0;
  for (const character of number.slice(4) + number.slice(0, 4)) {
    const value = parseInt(character, 36);
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
  }
  return remainder === 1;
}

/** Card numbers within a run of digits and single separators: 13 to 19 digits whose check digit is right. */
function withoutCards(run: string): string {
  const places = [...run.matchAll(/[\d０-９]/g)].map(({ index }) => index);
  const digits = places.map((place) => Number(run[place]!.normalize('NFKC')));
  let clean = '';
  let done = 0;
  for (let start = 0; start + 13 <= digits.length; start++) {
    if (digits[start]! < 2 || digits[start]! > 6) continue; // the issuers of cards
    const length = [19, 18, 17, 16, 15, 14, 13].find(
      (count) => start + count <= digits.length && isLuhn(digits, start, start + count),
    );
    if (length === undefined) continue;
    clean += `${run.slice(done, places[start])}[card]`;
    done = places[start + length - 1]! + 1;
    start += length - 1;
  }
  return clean + run.slice(done);
}

function isLuhn(digits: readonly number[], start: number, end: number): boolean {
  let sum = 0;
  for (let place = end - 1; place >= start; place--) {
    const digit = digits[place]!;
    sum += (end - place) % 2 === 1 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2;
  }
  return sum % 10 === 0;
}
