"""Which questions ask for much the same: simple enough to be told to whoever reads the report.

Two questions belong together when at least `ALIKE` of their pairs of characters are the same (Dice: twice the shared
over all); a cluster is whoever hangs together by that. Pure, the same every time, and bounded: of each question only
the beginning counts, and it is compared with those who share one of its rarest pairs, the first ones of each.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

ALIKE: Final = 0.4
_SIGNS: Final = 120
_RAREST: Final = 12
_COMPARED: Final = 60
"""With how many questions one is compared for each of its rarest pairs."""
_SHARED: Final = 5
_RUNS: Final = re.compile(r"[㐀-鿿]+|[0-9a-z]+")


@dataclass(frozen=True, slots=True)
class Cluster:
    """Questions that hang together, the most typical first, and the pairs of characters that most of them share.

    Nothing with a digit is among what is shared: somebody who asks again and again shares his number with himself.
    """

    members: tuple[UUID, ...]
    shared: tuple[str, ...]


def clusters(texts: Mapping[UUID, str], *, alike: float = ALIKE) -> list[Cluster]:
    """Return the clusters of two and more, the largest first."""
    pairs = {one: _pairs(texts[one]) for one in sorted(texts)}
    links = _links(pairs, alike)
    found = [_cluster(members, links, pairs) for members in _components(links)]
    return sorted(found, key=lambda one: (-len(one.members), one.members[0]))


def _pairs(text: str) -> frozenset[str]:
    plain = unicodedata.normalize("NFKC", text).lower()[:_SIGNS]
    runs = _RUNS.findall(plain)
    return frozenset(pair for run in runs for pair in ([run] if run.isascii() else _twos(run)))


def _twos(run: str) -> Iterator[str]:
    return (run[at : at + 2] for at in range(len(run) - 1))


def _links(pairs: Mapping[UUID, frozenset[str]], alike: float) -> dict[UUID, dict[UUID, float]]:
    """Return for each question those that are alike, and how much."""
    count = Counter(pair for own in pairs.values() for pair in own)
    having: dict[str, list[UUID]] = defaultdict(list)
    links: dict[UUID, dict[UUID, float]] = defaultdict(dict)
    for one, own in pairs.items():
        rarest = sorted(own, key=lambda pair: (count[pair], pair))[:_RAREST]
        for other in {other for pair in rarest for other in having[pair]}:
            share = 2 * len(own & pairs[other]) / (len(own) + len(pairs[other]))
            if share >= alike:
                links[one][other] = links[other][one] = share
        for pair in own:
            if len(having[pair]) < _COMPARED:
                having[pair].append(one)
    return links


def _components(links: Mapping[UUID, Mapping[UUID, float]]) -> Iterator[list[UUID]]:
    seen: set[UUID] = set()
    for start in sorted(links):
        if start not in seen:
            reached = _reached(start, links)
            seen |= reached
            yield sorted(reached)


def _reached(start: UUID, links: Mapping[UUID, Mapping[UUID, float]]) -> set[UUID]:
    reached, waiting = {start}, [start]
    while waiting:
        for other in links[waiting.pop()]:
            if other not in reached:
                reached.add(other)
                waiting.append(other)
    return reached


def _cluster(
    members: Sequence[UUID], links: Mapping[UUID, Mapping[UUID, float]], pairs: Mapping[UUID, frozenset[str]]
) -> Cluster:
    typical = sorted(members, key=lambda one: (-sum(links[one].values()), one))
    count = Counter(pair for one in members for pair in pairs[one])
    most = [
        pair
        for pair, times in sorted(count.items(), key=lambda item: (-item[1], item[0]))
        if 2 * times > len(members) and not any(map(str.isdigit, pair))
    ]
    return Cluster(tuple(typical), tuple(most[:_SHARED]))
