/** Markdown as staff write it: no HTML of their own, links that cannot run anything, external ones without a referrer. */

import MarkdownIt from 'markdown-it'

const reader = new MarkdownIt({ html: false, linkify: false, breaks: true })

reader.validateLink = (address: string): boolean => /^(https?:|mailto:|tel:|\/(?!\/)|#)/i.test(address.trim())
// The policy lets no picture in from elsewhere; one is told by its words instead.
reader.disable('image')

const usual = reader.renderer.rules['link_open']
reader.renderer.rules['link_open'] = (tokens, index, options, environment, self) => {
  tokens[index]?.attrSet('rel', 'noreferrer noopener')
  tokens[index]?.attrSet('target', '_blank')
  return usual ? usual(tokens, index, options, environment, self) : self.renderToken(tokens, index, options)
}

export function render(text: string): string {
  return reader.render(text)
}
