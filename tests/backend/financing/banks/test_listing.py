"""Before a consent a bank sees what names nobody: a view of these columns, coarse enough, and figures alone back."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.access import Actor, ActorKind, Grant, Role
from backend.financing import applying, coarsening, errors, queries
from backend.financing import events as log
from backend.financing.banks import desk as referred
from backend.financing.banks import listing
from backend.financing.banks.listing import Indication
from backend.financing.catalogue.ordering import lot
from backend.financing.coarsening import LADDER, Cell, classes, steps_for, steps_on
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.ids import new_id
from backend.runtime import Runtime
from tests.backend.financing.people import asked, bank, neighbours, opened, owner

TERMS = Indication(Decimal(40), 12, Decimal("3.45"), Decimal(4), "interest_first")
COLUMNS = {
    "listing_id": "uuid",
    "district": "text",
    "industry": "text",
    "size": "text",
    "amount_band": "text",
    "months_band": "text",
    "purpose": "text",
    "collateral": "text[]",
    "opened_week": "date",
}
_VIEW = """
SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type FROM pg_attribute a
WHERE a.attrelid = 'financing_listings'::regclass AND a.attnum > 0 ORDER BY a.attnum
"""


@pytest.fixture(autouse=True)
async def no_margin(running: Runtime) -> None:
    """What is told of the ladder is told of k itself; the margin has tests of its own."""
    assert running
    await _margin(0)


async def _margin(more: int) -> None:
    await db.execute("UPDATE financing_terms SET value = $1 WHERE key = 'sharing_margin'", more)


async def _seen(desk: Actor, **sought: Any) -> list[dict[str, Any]]:
    return list((await listing.page(desk, listing.Sought(**sought), cursor=None, limit=50))["items"])


@pytest.mark.usefixtures("database")
async def test_the_view_has_these_columns_and_no_others() -> None:
    assert {row["name"]: row["type"] for row in await db.fetch(_VIEW)} == COLUMNS


async def test_nothing_that_identifies_comes_through(running: Runtime) -> None:
    """Every text, id and number of the enterprise and its application is looked for in all that a bank is given."""
    _, _, desk = await bank()
    await neighbours(5)
    person, place = await owner(running)
    made = await opened(person, amount_wan=Decimal("57.31"), months=11)
    shown = await _seen(desk)
    assert len(shown) == 1
    assert set(shown[0]) == {*COLUMNS, "industry_word", "is_signalled", "signal"}
    told = repr(shown).lower()
    row = await db.fetch_one("SELECT * FROM enterprises WHERE id = $1", place)
    assert row is not None
    known = [
        made.id,
        made.number,
        made.seed,
        person.id,
        "57.31",
        "张三",
        "13905720001",
        row["uscc"],
        row["name"],
        place,
    ]
    assert not [one for one in (*known, place) if str(one).lower() in told]
    assert shown[0]["opened_week"].weekday() == 0
    assert (shown[0]["amount_band"], shown[0]["months_band"]) == ("to_100", "to_12")
    with pytest.raises(errors.ReferralUnknown):
        await referred.referral(desk, made.id)


async def test_what_is_left_out_of_a_listing_does_not_find_it_either(running: Runtime) -> None:
    _, _, desk = await bank()
    person, _ = await owner(running)
    await neighbours(3)
    await neighbours(4, industry="F5111")
    await opened(person)
    assert len(await _seen(desk, industry="F", purpose="materials", collateral="credit", size="micro")) == 1
    assert await _seen(desk, industry="F52") == []
    assert await _seen(desk, purpose="rent") == []
    assert await _seen(desk, amount_band="to_10") == []


async def test_a_bank_reads_its_own_word_and_nobody_else_s(running: Runtime) -> None:
    _, _, desk = await bank("甲银行")
    _, _, rival = await bank("乙银行")
    await neighbours(5)
    person, _ = await owner(running)
    made = await opened(person)
    await listing.signal(made.listing_id, TERMS, actor=desk)
    (mine,) = await _seen(desk, is_signalled=True)
    assert (mine["signal"]["amount_wan"], mine["signal"]["rate_min_percent"]) == ("40", "3.45")
    (theirs,) = await _seen(rival, is_signalled=False)
    assert (theirs["signal"], theirs["is_signalled"]) == (None, False)
    counted = await listing.page(rival, listing.Sought(is_signalled=True), cursor=None, limit=5)
    assert (counted["items"], counted["count"]) == ([], 0)


async def test_a_listing_s_name_tells_no_time_and_no_order(running: Runtime) -> None:
    person, _ = await owner(running)
    made = await opened(person)
    assert UUID(str(made.listing_id)).version == 4


async def test_fewer_than_five_alike_are_shown_coarser(running: Runtime) -> None:
    _, _, desk = await bank()
    person, _ = await owner(running)
    await neighbours(3)  # four of 吴兴 F52 micro with himself
    await neighbours(4, industry="F5111")
    made = await opened(person)
    assert (made.shown_district, made.shown_industry, made.shown_size) == ("330502", "F", "micro")
    assert made.shown_k == 8
    assert [one["industry"] for one in await _seen(desk)] == ["F"]


async def test_those_that_would_be_shown_more_finely_do_not_hide_it(running: Runtime) -> None:
    """The register is public: shown as F, it could be none of the five of F51, for those would be shown as F51."""
    _, _, desk = await bank()
    person, _ = await owner(running)
    await neighbours(3)
    await neighbours(5, industry="F5111")
    made = await opened(person)
    assert made.shown_k == 0
    assert await _seen(desk) == []


cells = st.dictionaries(
    st.builds(
        Cell,
        st.sampled_from([None, "330502", "330503"]),
        st.sampled_from([None, "F51", "F52", "C13"]),
        st.sampled_from([None, "micro", "small"]),
    ),
    st.integers(1, 7),
    max_size=12,
)


@given(cells)
def test_whoever_knows_the_register_and_the_rule_finds_five_alike(cells: dict[Cell, int]) -> None:
    """Every enterprise is put where the rule puts it; then each place has five, or nothing is shown there."""
    shown: dict[Cell, int] = {}
    for cell, found in cells.items():
        for step, groups in zip(LADDER, classes(cells, LADDER, 5), strict=True):
            if groups[step.told(cell)] >= 5:
                shown[step.told(cell)] = shown.get(step.told(cell), 0) + found
                break
    assert all(found >= 5 for found in shown.values())


@pytest.mark.parametrize(
    ("shown", "number"),
    [
        (Cell("330502", "F52", "micro"), 0),
        (Cell("330502", "F", "micro"), 1),
        (Cell("330502", "F", None), 2),
        (Cell(None, "F", "micro"), 3),
        (Cell(None, "F", None), 4),
        (Cell(None, None, "micro"), 5),
        (Cell(None, None, None), 6),
    ],
)
def test_a_listing_is_on_the_step_that_it_was_shown_by(shown: Cell, number: int) -> None:
    assert steps_on(shown) == (number, LADDER)
    assert steps_on(Cell(None, "F52", "micro"))[0] == 0


@pytest.mark.parametrize("unknown", ["statistical_size", "industry", "district"])
async def test_what_is_not_known_makes_a_listing_no_coarser_later(running: Runtime, unknown: str) -> None:
    await neighbours(9)
    person, place = await owner(running)
    nothing = ", ".join(f"{unknown}{part} = NULL" for part in ("", "_source", "_on"))
    await db.execute(f"UPDATE enterprises SET {nothing} WHERE id = $1", place)
    assert (await opened(person)).shown_k == 10
    assert await coarsening.renew() == 0


async def test_where_too_few_are_alike_at_all_nothing_is_shown(running: Runtime) -> None:
    _, _, desk = await bank()
    await neighbours(3)
    person, _ = await owner(running)
    made = await opened(person)
    assert made.shown_k == 0
    assert await _seen(desk) == []


@pytest.mark.parametrize("count", [3, 4, 5, 6])
async def test_every_listing_is_shared_by_k(running: Runtime, count: int) -> None:
    _, _, desk = await bank()
    await neighbours(count)
    await neighbours(count, district="330523")
    await neighbours(count, size="small")
    await neighbours(count, industry="C1310")
    person, _ = await owner(running)
    await opened(person)
    for one in await _seen(desk):
        shared = await db.fetch_value(
            """
            SELECT count(*) FROM enterprises WHERE status = 'active' AND ($1::text IS NULL OR district = $1)
            AND ($2::text IS NULL OR starts_with(industry, $2)) AND ($3::text IS NULL OR statistical_size = $3)
            """,
            one["district"],
            one["industry"],
            one["size"],
        )
        assert shared >= 5


known = st.fixed_dictionaries(
    {
        "district": st.sampled_from([None, "330502"]),
        "industry": st.sampled_from([None, "F5212", "C1310"]),
        "statistical_size": st.sampled_from([None, "micro"]),
    }
)


@given(known)
def test_each_step_of_the_ladder_tells_less(known: dict[str, str | None]) -> None:
    cell = Cell(known["district"], known["industry"], known["statistical_size"])
    told = [step.told(cell) for step in steps_for(cell)]
    assert len(set(told)) == len(told)
    assert told[-1] == Cell(None, None, None)
    assert all(one.industry is None or len(one.industry) <= 3 for one in told)
    assert all(cell.size or one.size is None for one in told)


async def test_when_neighbours_close_it_is_shown_coarser_by_the_next_day(running: Runtime) -> None:
    _, _, desk = await bank()
    person, _ = await owner(running)
    await neighbours(4)
    await neighbours(4, industry="F5111")
    await opened(person)
    assert [one["industry"] for one in await _seen(desk)] == ["F52"]
    await db.execute("UPDATE enterprises SET status = 'deregistered' WHERE name = '邻居1' AND industry = 'F5212'")
    assert await coarsening.renew() == 1
    assert [one["industry"] for one in await _seen(desk)] == ["F"]
    assert await coarsening.renew() == 0


async def test_what_is_shown_among_some_more_than_k_stays_until_fewer_than_k_are_left(running: Runtime) -> None:
    _, _, desk = await bank()
    await _margin(2)
    await neighbours(5)
    await neighbours(6, industry="F5111")
    person, _ = await owner(running)
    first = await opened(person)
    assert first.shown_industry == "F", "six of F52 are enough for k, and not for the margin"
    await neighbours(1)
    other, _ = await owner(running, 2)
    await opened(other)
    assert sorted(one["industry"] for one in await _seen(desk)) == ["F", "F52"]
    for gone, left in ((2, "F52"), (3, "F52"), (4, "F52"), (5, "F")):
        moves = "UPDATE enterprises SET district = '330523' WHERE industry = 'F5212' AND name = $1"
        await db.execute(moves, f"邻居{gone}")
        await coarsening.renew()
        assert max(one["industry"] for one in await _seen(desk)) == left, gone


async def test_one_reading_of_the_register_tells_what_a_reading_of_each_would(
    running: Runtime, clock: clock_module.Frozen
) -> None:
    """Of listings opened one behind another each counts those who were there, and none that came since."""
    shown = []
    for number, industry in enumerate(("F5111", "C1310", "F5212", "C1310"), start=1):
        await neighbours(2 + number, industry=industry)
        person, place = await owner(running, number)
        made = await opened(person)
        shown.append((made.id, made.shown_k))
        clock.advance(timedelta(hours=1))
        assert place
    await neighbours(9)
    assert await coarsening.renew() == 0
    rows = await db.fetch("SELECT id, shown_k FROM financing_applications ORDER BY submitted_at")
    assert [(row["id"], row["shown_k"]) for row in rows] == shown


async def test_newcomers_never_hide_who_asked_before_them(running: Runtime, clock: clock_module.Frozen) -> None:
    """Whoever was registered behind the week that is shown cannot have asked: they make nothing finer, nor stand in."""
    _, _, desk = await bank()
    person, place = await owner(running)
    await neighbours(3)
    await neighbours(4, industry="F5111")
    await opened(person)
    clock.advance(timedelta(days=1))
    await neighbours(20)
    assert await coarsening.renew() == 0
    assert [one["industry"] for one in await _seen(desk)] == ["F"]
    await db.execute("UPDATE enterprises SET status = 'deregistered' WHERE name LIKE '邻居%' AND industry = 'F5111'")
    assert await coarsening.renew() == 1
    assert await _seen(desk) == []
    await db.execute("UPDATE enterprises SET industry = 'C1310' WHERE id = $1", place)
    assert await coarsening.renew() == 0


async def test_a_change_of_its_trade_does_not_show_in_its_listing(running: Runtime) -> None:
    _, _, desk = await bank()
    await neighbours(5)
    await neighbours(9, industry="C1310")
    person, place = await owner(running)
    await opened(person)
    await db.execute("UPDATE enterprises SET industry = 'C1310' WHERE id = $1", place)
    assert await coarsening.renew() == 1  # one fewer
    assert [one["industry"] for one in await _seen(desk)] == ["F52"]


async def test_a_desk_sees_its_districts_and_what_names_none(running: Runtime) -> None:
    _, _, near = await bank("甲银行", "330502")
    _, _, far = await bank("乙银行", "330523")
    await neighbours(5)
    person, _ = await owner(running)
    await opened(person)
    assert (len(await _seen(near)), len(await _seen(far))) == (1, 0)


async def test_who_does_not_want_to_be_listed_is_not(running: Runtime) -> None:
    _, _, desk = await bank()
    await neighbours(5)
    person, _ = await owner(running)
    await opened(person, is_listed=False)
    assert await _seen(desk) == []


async def test_a_bank_says_once_with_figures_that_it_is_interested(running: Runtime) -> None:
    _, _, desk = await bank()
    await neighbours(5)
    person, _ = await owner(running)
    made = await opened(person)
    results = await asyncio.gather(
        *(listing.signal(made.listing_id, TERMS, actor=desk) for _ in range(4)), return_exceptions=True
    )
    assert sum(isinstance(one, errors.SignalledBefore) for one in results) == 3
    told = await queries.detail(person, made.id)
    assert [(one["institution"], one["apr_max_percent"]) for one in told["signals"]] == [("甲银行", "4.0741")]
    assert [one["is_signalled"] for one in await _seen(desk)] == [True]
    assert told["events"][-1]["word"] == log.WORDS[log.Kind.SIGNALLED]
    await listing.take_back(made.listing_id, actor=desk)
    assert (await queries.detail(person, made.id))["signals"] == []
    with pytest.raises(errors.ListingUnknown):
        await listing.take_back(made.listing_id, actor=desk)


@pytest.mark.parametrize(("holding", "shown"), [(4, ["credit"]), (5, ["credit", "patent_pledge"])])
async def test_a_patent_is_named_only_where_enough_hold_one(running: Runtime, holding: int, shown: list[str]) -> None:
    """The register of patents is public: among five of whom one holds any, it would be known who asks."""
    _, _, desk = await bank()
    await neighbours(7)
    await db.execute(
        "UPDATE enterprises SET has_ip = TRUE, has_ip_source = 3, has_ip_on = status_on WHERE name <= '邻居' || $1",
        str(holding),
    )
    person, _ = await owner(running)
    await opened(person, collateral=("credit", "patent_pledge"))
    assert [one["collateral"] for one in await _seen(desk)] == [shown]
    assert len(await _seen(desk, collateral="patent_pledge")) == len(shown) - 1
    await db.execute("UPDATE enterprises SET has_ip = FALSE WHERE name = '邻居1'")
    assert await coarsening.renew() == len(shown) - 1
    assert [one["collateral"] for one in await _seen(desk)] == [["credit"]]


async def test_who_is_interested_stands_by_lot_and_not_by_speed(running: Runtime) -> None:
    banks = [await bank(f"{name}银行") for name in "甲乙丙丁"]
    await neighbours(5)
    person, _ = await owner(running)
    made = await opened(person)
    by_lot = sorted(banks, key=lambda one: lot(made.seed, one[0]))
    for _, _, desk in reversed(by_lot):
        await listing.signal(made.listing_id, TERMS, actor=desk)
    told = await queries.detail(person, made.id)
    assert [one["institution_id"] for one in told["signals"]] == [one[0] for one in by_lot]
    assert made.seed not in repr(told)


async def test_a_bank_that_takes_no_referrals_shows_no_interest(running: Runtime) -> None:
    institution, _, desk = await bank()
    await neighbours(5)
    person, _ = await owner(running)
    made = await opened(person)
    await db.execute("UPDATE financing_institutions SET is_open = FALSE WHERE id = $1", institution)
    with pytest.raises(errors.InstitutionClosed):
        await listing.signal(made.listing_id, TERMS, actor=desk)


async def test_signals_race_a_withdrawal_and_none_stands_behind_it(running: Runtime) -> None:
    banks = [await bank(f"{number}号银行") for number in range(4)]
    await neighbours(5)
    person, _ = await owner(running)
    made = await opened(person)
    results = await asyncio.gather(
        applying.withdraw(made.id, "", actor=person),
        *(listing.signal(made.listing_id, TERMS, actor=desk) for _, _, desk in banks),
        return_exceptions=True,
    )
    assert all(not isinstance(one, Exception) or isinstance(one, errors.ListingUnknown) for one in results)
    kinds = [one["kind"] for one in (await queries.detail(person, made.id))["events"]]
    assert kinds[-1] == "withdrawn"


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount_wan": Decimal(0)},
        {"months": 0},
        {"rate_min_percent": Decimal(5)},
        {"rate_max_percent": Decimal(40)},
        {"repayment": "never"},
    ],
)
@pytest.mark.usefixtures("database")
async def test_wrong_figures_are_named(wrong: dict[str, Any]) -> None:
    given_terms = {name: getattr(TERMS, name) for name in TERMS.__slots__}
    desk = Actor(ActorKind.PARTNER, new_id(), "甲", (Grant(Role.PARTNER),))
    with pytest.raises(errors.ContentWrong) as refusal:
        await listing.signal(new_id(), Indication(**{**given_terms, **wrong}), actor=desk)
    assert len(refusal.value.fields) == 1


async def test_behind_its_end_nobody_signals(running: Runtime, clock: clock_module.Frozen) -> None:
    _, _, desk = await bank()
    await neighbours(5)
    person, _ = await owner(running)
    made = await opened(person)
    clock.advance(timedelta(days=61))
    with pytest.raises(errors.ListingUnknown):
        await listing.signal(made.listing_id, TERMS, actor=desk)
    assert await applying.expire() == 1
    assert await _seen(desk) == []
    assert (await queries.detail(person, made.id))["state"] == "expired"
    again = await applying.draft(asked(), actor=person)
    assert again.number != made.number
