/** The run-book's words on one kind of alert; the book comes with the build. */

/** The text below the heading that is the kind's key, up to the next heading of its rank; nothing when there is none. */
export function sectionOf(book: string, kind: string): string | null {
  const parts = book.split(/^## /m).slice(1)
  const found = parts.find((part) => part.split('\n', 1)[0]?.trim() === kind)
  return found ? found.slice(found.indexOf('\n') + 1).trim() : null
}

const LABELS: Readonly<Record<string, string>> = { Means: '含义', See: '查看', Do: '处理' }

/** The same as paragraphs: the book's lines are cut for an editor, its labels are in English. */
export function flowing(section: string): string {
  return section
    .replace(/\n(?!\n|\*\*|[-|#`])/g, ' ')
    .replace(/^\*\*(Means|See|Do)\.\*\* ?/gm, (_, label: string) => `\n**${LABELS[label] ?? label}** `)
}

export async function runbook(kind: string): Promise<string | null> {
  const { default: book } = await import('../../../docs/runbooks/alerts.md?raw')
  const section = sectionOf(book, kind)
  return section === null ? null : flowing(section)
}
