"""销号制: lists of problems, each put right by one person with evidence, and struck off by a second one.

    expired = lists.NewProblem("灭火器过期", staff_id, days=5)
    await lists.open_list("visits", visit_id, enterprise_id, [expired], actor)

in the transaction of whatever found them: a visit, a self-check, a bad rating. An origin opens one; a twin gets it.
"""

from backend.cases.lists.opening import NewProblem, OpenedList, open_list

__all__ = ["NewProblem", "OpenedList", "open_list"]
