/** How large a file is, as people read it. */

const KILO = 1024

/** 850 B, 12.4 KB, 200 MB */
export function bytes(size: number): string {
  if (size < KILO) return `${size} B`
  const inKilo = size / KILO
  return inKilo < KILO ? `${tenths(inKilo)} KB` : `${tenths(inKilo / KILO)} MB`
}

function tenths(number: number): string {
  return number.toFixed(1).replace(/\.0$/, '')
}
