"""Why a rule or a fact catalogue is refused."""

from backend.foundation.errors import Invalid


class RuleInvalid(Invalid):
    """A rule that can't be understood; `fields` lists every wrong place with its JSON path."""

    code = "eligibility.rule_invalid"
    title = "条件有误"
    sentence = "条件写得不对，请按提示逐处修改后再提交。"


class AsOfInvalid(Invalid):
    code = "eligibility.as_of_invalid"
    title = "日期有误"
    sentence = "判定日期须在1900年至2199年之间，请改后再试。"


class CatalogueInvalid(ValueError):
    """A mistake in our own fact catalogue: it stops the start and never reaches a caller."""


class CatalogueChanged(RuntimeError):
    """A rule met a catalogue that tells one of its facts differently; parse the rule again."""
