"""Surveys (需求调查): questions to whom a rule picks, one answer an enterprise, results that tell nobody's own.

service.draft / edit / submit / send_back / release / withdraw / copy / close_over    a survey's way to its end
inviting.ORIGIN, reminding.HANDLERS                     who is told of it, and once more before it ends
mine.listing / detail, answering.answer / save          what an owner reads and writes
results.of, texts.listing, exporting.write, needs.pick  what staff read, and make cases of
"""
