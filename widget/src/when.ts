/** Days and times in the person's own language and time zone. */

/** "10:24" or "10:24 AM". */
export function timeOf(at: Date, language: string): string {
  return at.toLocaleTimeString(language, { hour: "numeric", minute: "2-digit" });
}

/** "today", "yesterday", or the day. */
export function dayOf(at: Date, language: string, now = new Date()): string {
  const days = Math.round((midnight(at) - midnight(now)) / 86_400_000);
  if (days > -2) return new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(days, "day");
  return at.toLocaleDateString(language, { weekday: "long", day: "numeric", month: "long" });
}

function midnight(day: Date): number {
  return new Date(day).setHours(0, 0, 0, 0);
}

/** A day written as YYYY-MM-DD, the same in every time zone. */
export function calendarDay(day: string, language: string): string {
  return new Date(day).toLocaleDateString(language, { dateStyle: "medium", timeZone: "UTC" });
}
