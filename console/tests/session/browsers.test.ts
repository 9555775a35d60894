import { describe, expect, it } from 'vitest'

import { browserOf } from '@/session/browsers'

describe('a browser', () => {
  it.each([
    ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0', 'Edge，Windows 电脑'],
    ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1', 'Safari，iPhone'],
    ['curl/8.5.0', 'curl/8.5.0'],
    ['', '未知设备'],
  ])('is known by what its owner calls it', (client, told) => {
    expect(browserOf(client)).toBe(told)
  })
})
