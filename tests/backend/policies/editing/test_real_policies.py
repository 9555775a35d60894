"""The real policies: every rule is sound and says of enterprises made by hand what the source says."""

from datetime import date
from typing import Any

import orjson
import pytest

from backend.eligibility import Source, Value, evaluate, lint
from backend.eligibility.tree import leaves
from backend.enterprises.catalogue import CATALOGUE
from backend.policies.editing.content import NumberedPolicy
from tests.backend.policies.real import COMPANY, COOPERATIVE, ENTRIES, RULES, SHOP, TODAY, answer

BY_OWNERSHIP = {"N17", "Z03", "H06"}
GOOD_TAX: dict[str, Any] = {
    "in_restricted_industry": False,
    "taxable_income_wan": 280,
    "employees": 120,
    "assets_wan": 3000,
}
LOAN = {"loan_kind": "fixed_assets", "loan_granted_on": date(2026, 3, 1), "loan_has_central_subsidy": False}
SPECIALISED = {"is_sme": True, "niche_years": 3, "rd_expense_wan": 200, "rd_percent": 4, "revenue_wan": 2000}
HIGH_TECH: dict[str, Any] = {
    "has_ip": True,
    "tech_staff_percent": 15,
    "revenue_wan": 8000,
    "rd_percent": "4.2",
    "domestic_rd_percent": 100,
    "high_tech_income_percent": 70,
    "high_tech_score": 75,
    "major_violation": False,
}
CLEAN = {"major_accident": False, "environment_violation": False, "research_misconduct": False}
NO_ARREARS = {"wage_arrears": False, "social_insurance_arrears": False}
MINOR = {"same_violation_in_2y": False, "violation_harm_minor": True, "violation_corrected": True}


def test_all_are_there_with_their_sources() -> None:
    assert len(ENTRIES) == 42
    assert all(entry["sources"] or entry["note"] for entry in ENTRIES.values())


@pytest.mark.parametrize("number", sorted(ENTRIES))
def test_a_rule_has_nothing_to_mend(number: str) -> None:
    found = {finding.code for finding in lint(ENTRIES[number]["rule"], CATALOGUE, as_of=TODAY)}
    assert found == ({"discriminatory_fact"} if number in BY_OWNERSHIP else set())


@pytest.mark.parametrize("number", sorted(ENTRIES))
def test_every_condition_says_where_it_stands_and_how_far_that_was_checked(number: str) -> None:
    marks = {"excerpt": "存档页摘录", "law_text": "法规全文", "partial": "待按原文核对"}
    for leaf in leaves(RULES[number].root):
        assert marks[ENTRIES[number]["verification"]] in leaf.citation.sentence
        assert leaf.citation.document
        assert leaf.fact.key != "ownership" or "法律依据" in leaf.citation.sentence


@pytest.mark.parametrize("number", sorted(number for number, entry in ENTRIES.items() if entry["level"] != "national"))
def test_a_local_policy_is_for_its_own_place(number: str) -> None:
    elsewhere = {"region": "110101", "district": None}
    assert answer(number, {**COMPANY, **elsewhere}) == "no" or "district" in str(ENTRIES[number]["rule"])
    assert answer(number, {**COMPANY, "entity_type": None, "district": "330523", "region": "110101"}) == "no"


@pytest.mark.parametrize("number", sorted(number for number, entry in ENTRIES.items() if entry["reference_only"]))
def test_what_is_only_for_reference_fits_nobody_here(number: str) -> None:
    assert answer(number, COMPANY, ip_pledge_loan=True) == "no"


@pytest.mark.parametrize(
    ("number", "base", "facts", "expected"),
    [
        ("N01", COMPANY, GOOD_TAX, "yes"),
        ("N01", COMPANY, {**GOOD_TAX, "employees": 301}, "no"),
        ("N01", COMPANY, {**GOOD_TAX, "employees": None}, "unknown"),
        ("N01", SHOP, GOOD_TAX, "no"),
        ("N02", SHOP, {}, "yes"),
        ("N02", COMPANY, {}, "unknown"),
        ("N02", COMPANY, {"vat_payer_kind": "general", "small_low_profit": True}, "yes"),
        ("N02", COMPANY, {"vat_payer_kind": "general", "small_low_profit": False}, "no"),
        ("N03", SHOP, {"taxable_income_wan": 500}, "yes"),
        ("N03", COMPANY, {}, "no"),
        ("N04", SHOP, {"vat_payer_kind": "small_scale", "monthly_sales_wan": 10}, "yes"),
        ("N04", SHOP, {"vat_payer_kind": "small_scale", "quarterly_sales_wan": "30.01"}, "unknown"),
        ("N04", SHOP, {"vat_payer_kind": "small_scale", "monthly_sales_wan": 11, "quarterly_sales_wan": 33}, "no"),
        ("N04", SHOP, {"vat_payer_kind": "general"}, "no"),
        ("N05", SHOP, {"vat_payer_kind": "small_scale", "has_sales_at_3_percent": True}, "yes"),
        ("N05", SHOP, {"vat_payer_kind": "small_scale"}, "unknown"),
        ("N06", COMPANY, {"quarterly_sales_wan": 30}, "yes"),
        ("N07", COMPANY, {"employees": 30}, "yes"),
        ("N07", COMPANY, {"employees": 31}, "no"),
        ("N07", SHOP, {"employees": 3}, "no"),
        ("N08", COMPANY, {"employees": 31, "disabled_percent": "0.5"}, "yes"),
        ("N08", COMPANY, {"employees": 31, "disabled_percent": "1.5"}, "no"),
        ("N08", COMPANY, {"employees": 31}, "unknown"),
        ("N13", SHOP, {"owner_group": "graduate_year", "founded_on": date(2024, 1, 1)}, "yes"),
        ("N13", SHOP, {"owner_group": "graduate_year", "founded_on": date(2023, 1, 1)}, "no"),
        ("N13", SHOP, {"owner_group": "veteran", "founded_on": date(2024, 1, 1)}, "no"),
        ("N13", SHOP, {"founded_on": date(2024, 1, 1)}, "unknown"),
        ("N15", COMPANY, {"is_sme": True, "unemployment_insurance_months": 12, "layoff_percent": "5.5"}, "yes"),
        (
            "N15",
            COMPANY,
            {"is_sme": True, "unemployment_insurance_months": 12, "layoff_percent": 20, "employees": 30},
            "yes",
        ),
        (
            "N15",
            COMPANY,
            {"is_sme": True, "unemployment_insurance_months": 12, "layoff_percent": 20, "employees": 31},
            "no",
        ),
        (
            "N14",
            COMPANY,
            {"priority_hires": 1, "priority_hire_contract_months": 12, "social_insurance_paid": True},
            "yes",
        ),
        (
            "N14",
            COMPANY,
            {"priority_hires": 1, "priority_hire_contract_months": 11, "social_insurance_paid": True},
            "no",
        ),
        ("N16", COMPANY, {"young_hires": 2, "young_hire_insurance_months": 3}, "yes"),
        ("Z16", SHOP, {"young_hires": 2, "young_hire_insurance_months": 3}, "no"),
        ("N17", COMPANY, {**LOAN, "is_sme": True, "key_industry_field": "robotics"}, "yes"),
        ("N17", COMPANY, {**LOAN, "is_sme": True, "industry": "C1361"}, "yes"),
        ("N17", COMPANY, {**LOAN, "is_sme": True}, "unknown"),
        ("N17", COMPANY, {**LOAN, "is_sme": True, "key_industry_field": "none"}, "no"),
        ("N17", COMPANY, {**LOAN, "is_sme": True, "industry": "A0111", "ownership": "state"}, "no"),
        ("N19", SHOP, {"loan_granted_on": date(2026, 2, 1)}, "yes"),
        ("N19", SHOP, {"loan_granted_on": date(2025, 12, 31)}, "no"),
        ("N19", SHOP, {}, "unknown"),
        ("N18", SHOP, {"loan_granted_on": date(2025, 12, 31), "service_field": "retail"}, "no"),
        ("N18", SHOP, {"loan_granted_on": date(2025, 12, 31), "industry": "H6210"}, "yes"),
        ("Z01", SHOP, {}, "yes"),
        ("Z02", COMPANY, {}, "no"),
        ("Z02", SHOP, {}, "yes"),
        ("Z03", SHOP, {}, "unknown"),
        ("Z03", COMPANY, {}, "yes"),
        ("H01", COMPANY, {}, "yes"),
        ("H01", COMPANY, {"region": "3305NTH", "district": "3305NTH"}, "yes"),
        ("H01", SHOP, {}, "no"),
        ("H03", COMPANY, {"equipment_invest_wan": 500}, "yes"),
        ("H03", COMPANY, {"equipment_invest_wan": 500, "industry": "F5212"}, "no"),
        (
            "H04",
            COMPANY,
            {"is_above_designated_size": True, "q1_sales_growth_percent": 10, "q1_sales_wan": 2500},
            "yes",
        ),
        ("H04", COMPANY, {"is_above_designated_size": True, "q1_sales_growth_percent": "9.9"}, "no"),
        ("H05", COMPANY, {"new_hires_from_outside": 9}, "no"),
        ("H05", COMPANY, {"new_hires_from_outside": 10}, "yes"),
        ("H06", COMPANY, {"qualifications": ["high_tech_first"]}, "yes"),
        ("H06", COMPANY, {}, "no"),
        ("H08", COMPANY, {}, "yes"),
        ("H09", COMPANY, {"district": "330521"}, "yes"),
        ("H10", COMPANY, {"has_ip": True}, "yes"),
        ("H11", COMPANY, {"is_small_or_micro": True}, "yes"),
        ("H11", COMPANY, {"is_small_or_micro": True, "district": "330503"}, "no"),
        ("H12", COMPANY, {}, "yes"),
        ("Q01", COMPANY, {"is_sme": True, "qualifications": ["high_tech"]}, "yes"),
        ("Q01", COMPANY, {"is_sme": True}, "unknown"),
        ("Q01", COMPANY, {"is_sme": True, "qualifications": ["high_tech"], "listings": ["abnormal"]}, "no"),
        ("Q02", COMPANY, {**SPECIALISED, "specialised_sme_score": 60}, "yes"),
        ("Q02", COMPANY, {**SPECIALISED, "revenue_wan": 900, "equity_financing_2y_wan": 6000}, "yes"),
        ("Q02", COMPANY, {**SPECIALISED, "niche_years": 1}, "no"),
        ("Q04", COMPANY, {**CLEAN, "employees": 500, "revenue_wan": 100, "assets_wan": 100}, "unknown"),
        (
            "Q04",
            COMPANY,
            {
                **CLEAN,
                "employees": 500,
                "revenue_wan": 100,
                "assets_wan": 100,
                "tech_sme_score": 60,
                "tech_staff_score": 5,
            },
            "yes",
        ),
        ("Q04", COMPANY, {"employees": 501}, "no"),
        ("Q05", COMPANY, HIGH_TECH, "yes"),
        ("Q05", COMPANY, {**HIGH_TECH, "rd_percent": "3.9"}, "no"),
        ("Q05", COMPANY, {**HIGH_TECH, "rd_percent": "4.2", "revenue_wan": 5000}, "no"),
        ("Q05", COMPANY, {**HIGH_TECH, "founded_on": date(2026, 1, 1)}, "no"),
        ("Q05", COMPANY, {**HIGH_TECH, "revenue_wan": None}, "unknown"),
        ("N22", COMPANY, {"is_sme": True}, "yes"),
        ("N22", COMPANY, {"is_sme": False}, "no"),
        ("R01", SHOP, MINOR, "yes"),
        ("R01", SHOP, {**MINOR, "same_violation_in_2y": True}, "no"),
        ("R01", SHOP, {}, "unknown"),
        ("R02", SHOP, {}, "yes"),
        (
            "R03",
            SHOP,
            {
                "individual_class": "growth",
                "penalised_unrepaired": False,
                "major_accident": False,
                "owner_dishonest_debtor": False,
            },
            "yes",
        ),
        ("R03", SHOP, {"owner_dishonest_debtor": True}, "no"),
        ("R05", SHOP, {}, "yes"),
        ("R05", COMPANY, {}, "unknown"),
        ("X01", SHOP, {**NO_ARREARS, "owner_group": "veteran"}, "yes"),
        ("X01", SHOP, {**NO_ARREARS, "owner_group": "none"}, "no"),
        (
            "X01",
            COMPANY,
            {**NO_ARREARS, "is_small_or_micro": True, "employees": 100, "priority_hire_percent": 15},
            "yes",
        ),
        ("X01", COMPANY, {**NO_ARREARS, "is_small_or_micro": True, "employees": 100, "priority_hire_percent": 8}, "no"),
        (
            "X01",
            COMPANY,
            {**NO_ARREARS, "is_small_or_micro": True, "employees": 101, "priority_hire_percent": 8},
            "yes",
        ),
        ("X01", SHOP, {"owner_group": "veteran", "wage_arrears": True}, "no"),
    ],
)
def test_it_answers_as_the_source_says(number: str, base: dict[str, Any], facts: dict[str, Any], expected: str) -> None:
    assert answer(number, base, **facts) == expected


@pytest.mark.parametrize(
    ("number", "facts"),
    [
        ("N02", {"vat_payer_kind": "small_scale"}),
        ("N04", {"vat_payer_kind": "small_scale", "monthly_sales_wan": 10}),
        ("N05", {"vat_payer_kind": "small_scale", "has_sales_at_3_percent": True}),
        ("N06", {"quarterly_sales_wan": 30}),
        ("R01", MINOR),
    ],
)
def test_a_cooperative_that_a_text_does_not_name_is_left_to_the_department(number: str, facts: dict[str, Any]) -> None:
    assert answer(number, COOPERATIVE) == "unknown"
    assert answer(number, COOPERATIVE, **facts) == "yes"
    told = {"entity_type": Value("cooperative", int(Source.REGISTRY), TODAY)}
    said = {key: Value(value, int(Source.SELF_DECLARED), TODAY) for key, value in facts.items()}
    assert evaluate(RULES[number], {**told, **said}, TODAY) == "unknown"


def test_what_excludes_another_is_there_itself_and_says_where_that_stands() -> None:
    named = {number: entry["exclusions"] for number, entry in ENTRIES.items() if entry.get("exclusions")}
    assert {number: [one["number"] for one in listed] for number, listed in named.items()} == {"N17": ["N19"]}
    for number, listed in named.items():
        NumberedPolicy.model_validate_json(orjson.dumps(ENTRIES[number]))
        assert {one["number"] for one in listed} <= ENTRIES.keys() - {number}
        assert all("存档页摘录" in one["citation"]["sentence"] for one in listed)


def test_a_little_giant_is_measured_by_the_department_alone() -> None:
    told: dict[str, Any] = {
        "qualifications": ["specialised_sme"],
        "niche_years": 3,
        "main_business_percent": 80,
        "main_revenue_growth_percent": 6,
    }
    assert answer("Q03", COMPANY, **told) == "yes"
    assert answer("Q03", {}, Source.SELF_DECLARED, **{**COMPANY, **told}) == "unknown"
