/** Writing an article: what it begins with, saving over somebody else's change. */

import { useQueryClient } from '@tanstack/vue-query'

import { api, ask, ifMatch, type Once, type Schemas } from '@/api/client'
import { saveOrAsk } from '@/components/conflict'
import { type Form, useForm } from '@/components/form'

import { type Article, articleKey, fetchArticle } from '../useKnowledge'
import { blank, checkDraft, contentOf, differences, type Draft, draftOf, FIELDS, type Gap } from './draft'

type Handled = Schemas['ArticleHandledOut']

const BASE = '/api/staff/v1/knowledge/articles'

/** `save` answers how the article stands, or null when nothing was saved. */
export function useEditor(article: Article | undefined, gap: Gap | undefined): { form: Form<Draft>; save: () => Promise<Handled | null> } {
  const queries = useQueryClient()
  let id = article?.id ?? ''
  let version = article?.version ?? 0
  let handled: Handled | null = null

  const form = useForm<Draft>({ initial: article ? draftOf(article) : blank(gap), fields: FIELDS, check: checkDraft, send })

  async function send(values: Draft, once: Once): Promise<boolean> {
    handled = id ? await replace(values) : await ask(api.POST(BASE, { body: contentOf(values), headers: once }))
    if (!handled) return false
    id = handled.id
    version = handled.version
    await Promise.all([queries.invalidateQueries({ queryKey: articleKey(id) }), queries.invalidateQueries({ queryKey: ['articles'] })])
    return true
  }

  function replace(values: Draft): Promise<Handled | null> {
    const params = { path: { article_id: id } }
    return saveOrAsk({
      version,
      save: (at) => ask(api.PUT(`${BASE}/{article_id}/draft`, { body: contentOf(values), params: { ...params, header: ifMatch(at) } })),
      latest: async () => {
        const now = await fetchArticle(id)
        return { version: now.version, value: draftOf(now) }
      },
      differences: (theirs) => differences(values, theirs),
      take: (theirs, at) => {
        version = at
        form.reset(theirs)
      },
    })
  }

  return { form, save: async () => ((await form.submit()) ? handled : null) }
}
