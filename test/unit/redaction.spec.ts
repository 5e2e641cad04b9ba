import fc from 'fast-check';
import { redact } from '../../src/common/redaction.js';

const STRICT = { emails: true, phones: true };
const MILD = { emails: false, phones: false };

const KEYS = [
  'sk-proj-' + 'a1B2c3D4'.repeat(5),
  'sk-ant-api03-' + 'x9Y8z7'.repeat(6),
  'sk_' + 'live_' + '51HxAbCdEfGhIjKlMnOp',
  'gsk_' + 'Q7w8E9r0'.repeat(6),
  'ghp_' + 'a1b2c3d4e5'.repeat(4),
  'github_pat_' + '11ABCDEFG0abcdefghij_klmnop',
  'xoxb-' + '123456789012-abcdefGHIJ',
  'AKIA' + 'IOSFODNN7EXAMPLE',
  'AIza' + 'SyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q',
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.' + 'c2lnbmF0dXJlMTIz',
  '123456789:' + 'AAF-abcdefghijklmnopqrstuvwxyz12345',
  '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
];

/** Words without digits or signs, as they stand around a secret. */
const words = fc
  .array(fc.constantFrom('call', 'me', 'about', 'the', 'garden', '明天', 'и', 'für', '\n'), { maxLength: 6 })
  .map((list) => list.join(' '));

const luhn = (digits: number[]): number => {
  const sum = [...digits, 0]
    .reverse()
    .map((digit, index) => (index % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2))
    .reduce((a, b) => a + b, 0);
  return (10 - (sum % 10)) % 10;
};
const card = fc
  .tuple(
    fc.integer({ min: 2, max: 6 }),
    fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 11, maxLength: 17 }),
    fc.constantFrom('', ' ', '-'),
  )
  .map(([issuer, rest, separator]) => {
    const digits = [issuer, ...rest];
    const number = [...digits, luhn(digits)].join('');
    return { number, written: number.match(/.{1,4}/g)!.join(separator) };
  });

/** By the definition of ISO 13616, with whole numbers of any length. */
const checkDigits = (country: string, account: string): string => {
  const digits = [...`${account}${country}00`].map((character) => parseInt(character, 36)).join('');
  return String(98n - (BigInt(digits) % 97n)).padStart(2, '0');
};
const digitsOf = (minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength, maxLength });
const iban = fc
  .tuple(
    fc.constantFrom('DE', 'GB', 'NO', 'BE', 'MT', 'nl'),
    fc.constantFrom('', 'ABNA', 'NWBK'),
    digitsOf(11, 24),
    fc.constantFrom('', ' ', '-', '\u00a0'),
  )
  .map(([country, bank, number, separator]) => {
    const account = bank + number;
    const whole = country + checkDigits(country, account) + account;
    return { number, written: whole.match(/.{1,4}/g)!.join(separator) };
  });

describe('what must not be remembered', () => {
  it.each(KEYS)('redacts %s', (key) => {
    for (const text of [key, `use ${key}, please`, `key="${key}"`, `ключ ${key}。`]) {
      expect(redact(text, MILD)).not.toContain(key.slice(8));
    }
  });

  it('redacts keys wherever they stand', () => {
    fc.assert(
      fc.property(words, fc.constantFrom(...KEYS), words, (before, key, after) => {
        expect(redact(`${before} ${key} ${after}`, MILD)).not.toContain(key);
      }),
    );
  });

  it('redacts card numbers, written in any grouping', () => {
    fc.assert(
      fc.property(words, card, words, (before, { number, written }, after) => {
        const clean = redact(`${before} ${written} ${after}`, MILD).replace(/\D/g, '');
        expect(clean).not.toContain(number);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    '4111\n1111\n1111\n1111',
    '4111 - 1111 - 1111 - 1111',
    '3782\r\n822463\r\n10005',
    '4111\u200b1111\u200b1111\u200b1111',
    '４１１１ １１１１ １１１１ １１１１',
  ])('redacts a card number written as %j', (written) => {
    expect(redact(`Its number is ${written}.`, MILD)).toBe('Its number is [card].');
  });

  it('redacts IBANs, written in any grouping, and no number whose check digits are wrong', () => {
    fc.assert(
      fc.property(words, iban, words, (before, { number, written }, after) => {
        const clean = redact(`${before} ${written} ${after}`, MILD);
        expect(clean.replace(/\D/g, '')).not.toContain(number);
        expect(clean).toContain('[iban]');
        const wrong = written
          .replace(/[^a-z0-9]/gi, '')
          .replace(/.$/, (digit) => (digit === '9' ? '0' : '9'));
        expect(redact(`${before} ${wrong}.`, MILD)).not.toContain('[iban]');
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['at 10 DE89 3704 0044 0532 0130 00 and so on', 'at 10 [iban] and so on'],
    ['BE68 5390 0754 7034 from GB29NWBK60161331926819!', '[iban] from [iban]!'],
    ['de89370400440532013000', '[iban]'],
    ['MT84 MALT 0110 0001 2345 MTLC AST0 01S', '[iban]'],
  ])('redacts the IBANs of %j', (text, clean) => {
    expect(redact(text, STRICT)).toBe(clean);
  });

  it('redacts US social security numbers where nothing else is written so', () => {
    expect(redact('Mine is 536-22-1234.', MILD)).toBe('Mine is [social security number].');
    expect(redact('Her social security number: 536221234', MILD)).toBe(
      'Her social security number: [secret]',
    );
    for (const other of [
      '000-22-1234',
      '666-22-1234',
      '536-00-1234',
      '536-22-0000',
      '1-536-22-1234',
      '536221234',
    ])
      expect(redact(`It is ${other}.`, MILD)).toBe(`It is ${other}.`);
  });

  it('redacts keys that hold what cannot be seen', () => {
    expect(redact(`sk-\u200bproj-${'a1B2c3D4'.repeat(5)} and p\u00adassword: geheim`, MILD)).toBe(
      '[secret] and password: [secret]',
    );
  });

  it('redacts e-mail addresses and phone numbers when asked to', () => {
    const phone = fc
      .array(fc.integer({ min: 0, max: 9 }), { minLength: 9, maxLength: 12 })
      .map((digits) => `+4${digits.join('')}`);
    fc.assert(
      fc.property(words, fc.emailAddress({ size: 'small' }), phone, (before, email, number) => {
        const ascii = /^[\w.%+-]+@[\w.-]+$/.test(email);
        fc.pre(ascii);
        const text = `${before} ${email} or ${number}`;
        expect(redact(text, STRICT)).not.toContain(email);
        expect(redact(text, STRICT)).not.toContain(number.slice(1));
      }),
    );
    expect(redact('ann@example.org, +49 170 1234567', MILD)).toBe('ann@example.org, +49 170 1234567');
  });

  it('redacts passwords by what they are called', () => {
    expect(redact('my password is hunter2!', MILD)).toBe('my password is [secret]');
    for (const name of [
      'mein Passwort ist',
      'Kennwort:',
      'mot de passe :',
      'contraseña es',
      'пароль:',
      '密码是',
    ]) {
      expect(redact(`${name} hunter2!`, MILD)).toBe(`${name} [secret]`);
    }
    expect(redact('API_KEY=abc def', MILD)).toBe('API_KEY=[secret] def');
    expect(redact('"token": "qwerty"', MILD)).toBe('"token": "[secret]"');
    expect(redact('postgres://ada:s3cret@db.example.org/x', MILD)).toBe(
      'postgres://ada:[secret]@db.example.org/x',
    );
    expect(redact('Authorization: Bearer abcdef.ghijkl-mno', MILD)).toContain('Bearer [secret]');
    expect(redact('-----BEGIN PRIVATE KEY-----\nMIIabc\n-----END PRIVATE KEY----- after', MILD)).toBe(
      '[secret] after',
    );
  });

  it('leaves ordinary text alone', () => {
    for (const text of [
      'The secret is patience.',
      'On 2026-11-21 at 10:46 we decided on plan B, version 1.24.3, for 1,250,000 users.',
      'Session 0198c2f4-7b1e-7cc3-98d5-1c0f4e6a2b7d has 42 messages.',
      '2026-11-21\n2026-11-22\n2026-11-23, then 1200, 1300 and 1400',
      'A family: 👩\u200d👩\u200d👧; نمی\u200cدانم.',
      'A token is a piece of a word; 4111 is not a card.',
      '明天上午十点开会，讨论预算。',
    ]) {
      expect(redact(text, STRICT)).toBe(text);
    }
  });

  it('changes nothing the second time, and comes to an end on hostile text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
        const once = redact(text, STRICT);
        expect(redact(once, STRICT)).toBe(once);
      }),
    );
    for (const hostile of ['a', '1', '1 ', 'a.', '@', 'password ', 'eyJ', '-----BEGIN ', 'sk-', 'x:/']) {
      redact(hostile.repeat(200_000 / hostile.length), STRICT);
    }
  });
});
