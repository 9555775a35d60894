/** Where the console shows the things that the trail is about. */

const PAGES: Readonly<Record<string, string>> = {
  broadcasts: '/broadcasts',
  enterprises: '/enterprises',
  policies: '/policies',
  staff: '/staff',
}

export function placeOf(table: string, rowId: string | null): string | undefined {
  const page = PAGES[table]
  return page && rowId ? `${page}/${rowId}` : undefined
}

/** What an entry tells beyond its columns, one line each; what is nested stays as it was written. */
export function linesOf(detail: Readonly<Record<string, unknown>>): { key: string; value: string }[] {
  return Object.entries(detail).map(([key, value]) => ({
    key,
    value: typeof value === 'string' || typeof value === 'number' ? String(value) : JSON.stringify(value),
  }))
}
