import { beforeEach, describe, expect, it } from 'vitest'

import { followFocus, giveBackFocus } from '@/components/focus'

followFocus()

function page(): { opener: HTMLElement; inDialog: HTMLElement; content: HTMLElement } {
  document.body.innerHTML =
    '<main id="content" tabindex="-1"><button id="opener">开</button></main><div class="el-overlay"><button id="in">返回</button></div>'
  const found = (id: string): HTMLElement => document.getElementById(id) as HTMLElement
  return { opener: found('opener'), inDialog: found('in'), content: found('content') }
}

describe('the focus after a dialog', () => {
  beforeEach(() => (document.activeElement as HTMLElement | null)?.blur())

  it('goes back to what opened it', () => {
    const { opener, inDialog } = page()
    opener.focus()
    inDialog.focus()
    inDialog.blur()
    giveBackFocus()
    expect(document.activeElement).toBe(opener)
  })

  it('goes to the page when that is gone', () => {
    const { opener, inDialog, content } = page()
    opener.focus()
    inDialog.focus()
    inDialog.blur()
    opener.remove()
    giveBackFocus()
    expect(document.activeElement).toBe(content)
  })

  it('stays where somebody has put it meanwhile', () => {
    const { opener, inDialog } = page()
    opener.focus()
    inDialog.focus()
    giveBackFocus()
    expect(document.activeElement).toBe(inDialog)
  })
})
