import { describe, expect, it } from 'vitest'

import { render } from '@/components/markdown'

describe('Markdown', () => {
  it('shows what it was written for', () => {
    expect(render('## 条件\n- **员工** 5 人以下')).toContain('<strong>员工</strong>')
  })

  it.each(['<script>alert(1)</script>', '<img src=x onerror=alert(1)>', '[x](javascript:alert(1))', '[x](data:text/html,x)', '![x](//elsewhere/x.png)'])(
    'lets nothing run or load from elsewhere: %s',
    (text) => {
      expect(render(text)).not.toMatch(/<(script|img)|href="(javascript|data):/)
    },
  )

  it('opens links beside the console and tells nobody where from', () => {
    expect(render('[公告](https://www.huzhou.gov.cn/)')).toContain('rel="noreferrer noopener"')
  })
})
