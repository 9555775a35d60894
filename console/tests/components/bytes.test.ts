import { describe, expect, it } from 'vitest'

import { bytes } from '@/components/bytes'

describe('the size of a file', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1536, '1.5 KB'],
    [200 * 1024 * 1024, '200 MB'],
  ])('of %d bytes is told as %s', (size, told) => {
    expect(bytes(size)).toBe(told)
  })
})
