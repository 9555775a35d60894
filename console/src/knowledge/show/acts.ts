/** The commands on an article, each with what it will do said before. */

import { api, ask, ifMatch } from '@/api/client'
import type { Act as Confirmed } from '@/components/confirm'

import type { Act, Article } from '../useKnowledge'

const BASE = '/api/staff/v1/knowledge/articles/{article_id}'

/** The question asked before an act, and what performs it, for the version that was read. */
export function question(act: Act, article: Article): Confirmed | null {
  const params = { path: { article_id: article.id }, header: ifMatch(article.version) }
  const edition = article.editions[0]?.edition ?? 1
  switch (act) {
    case 'submit':
      return {
        title: `提交第 ${edition} 版审核`,
        effects: ['有审核权限的同事会收到提醒。', '由另一位同事审核发布；您不能发布自己起草或修改的版本。', '引用的依据须现行有效；公开的条目须写明依据。'],
        label: '提交审核',
        perform: () => ask(api.POST(`${BASE}/submit`, { params })),
      }
    case 'publish':
      return {
        title: `发布第 ${edition} 版`,
        effects: [
          article.editions[0]?.audience === 'public' ? '审核通过，所有人即可看到，提问前也会提示。' : '审核通过，仅工作人员可以看到。',
          '此前发布的版本由此失效，它的订正随之办结。',
          '发布后不能修改，只能撤下或以新版替代。',
        ],
        label: '审核通过，发布',
        perform: () => ask(api.POST(`${BASE}/publish`, { params })),
      }
    case 'send_back':
      return {
        title: `退回第 ${edition} 版`,
        effects: ['起草人会收到提醒和下面的理由。'],
        label: '退回修改',
        reason: 'required',
        reasonLabel: '退回的理由',
        reasonLimit: 500,
        perform: (reason) => ask(api.POST(`${BASE}/send-back`, { params, body: { reason } })),
      }
    case 'withdraw':
      return {
        title: '撤下条目',
        effects: ['读者不再看到这个条目。', '引用它的答复会列入依据变更订正。', '不能恢复；要再发布须起草新版并重新审核。'],
        label: '撤下',
        isDangerous: true,
        reason: 'required',
        reasonLabel: '撤下的原因',
        reasonLimit: 500,
        perform: (reason) => ask(api.POST(`${BASE}/withdraw`, { params, body: { reason } })),
      }
    default:
      return null
  }
}
