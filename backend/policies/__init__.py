"""Policies: what is offered to enterprises, by which rule, and which of them it fits.

service.draft / edit / submit / publish / withdraw / expire    a policy's way from draft to its end
imports.import_policies(path, actor=…)                         many policies from a file, as drafts
feed.feed(actor, enterprise_id, …), feed.detail(…)             what an owner reads, with the reasons
queries.*                                                      what staff and the public read
recipients.freeze(version_id)                                  everyone whom a version surely fits, set-wise
spreading, differences, digests.HANDLERS                      tell of publications, by night, weekly (outbox)
"""
