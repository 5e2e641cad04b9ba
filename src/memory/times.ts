const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const formats = new Map<string, { clock: Intl.DateTimeFormat; offset: Intl.DateTimeFormat }>();

/** Making a format takes longer than a thousand uses of it. */
function formatsOf(timeZone: string) {
  let found = formats.get(timeZone);
  if (!found) {
    found = {
      clock: new Intl.DateTimeFormat('en-GB', {
        timeZone,
        day: 'numeric',
        month: 'long',
        year: 'numeric',
        hour: '2-digit',
        minute: '2-digit',
      }),
      offset: new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' }),
    };
    formats.set(timeZone, found);
  }
  return found;
}

/** The clock of a time zone at a moment, such as "8 May 2023 at 13:56". */
export function clockTime(at: number, timeZone: string): string {
  return formatsOf(timeZone).clock.format(at);
}

/** How far the clocks of a time zone are ahead of UTC, in milliseconds. */
export function offsetOf(at: number, timeZone: string): number {
  const parts = formatsOf(timeZone).offset.formatToParts(at);
  const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)/.exec(name) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * HOUR + Number(minutes ?? 0) * MINUTE);
}

/** Up to when a unit is counted in, its length and its name. */
const UNITS = [
  [HOUR, MINUTE, 'minute'],
  [DAY, HOUR, 'hour'],
  [14 * DAY, DAY, 'day'],
  [60 * DAY, 7 * DAY, 'week'],
  [730 * DAY, 30.44 * DAY, 'month'],
  [Infinity, 365.25 * DAY, 'year'],
] as const;

/** How long ago in words, rounded down. */
export function timeAgo(at: number, now: number): string {
  const passed = Math.max(0, now - at);
  if (passed < MINUTE) return 'just now';
  const [, length, unit] = UNITS.find(([limit]) => passed < limit)!;
  const count = Math.floor(passed / length);
  return `${count} ${unit}${count === 1 ? '' : 's'} ago`;
}
