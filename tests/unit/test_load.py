"""Every mistake of a scenario is found at once, in plain words, in the file that made it."""

import io
import subprocess
import sys
import tomllib
from dataclasses import dataclass as plain
from dataclasses import field
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.scenarios.config.check import build, resolved, source_of
from pricewar.scenarios.config.explain import draft, explain, file_schema
from pricewar.scenarios.config.load import read
from pricewar.scenarios.config.names import join_key, split_key
from pricewar.sim.errors import Mistake, ScenarioMistakes, UserMistake
from pricewar.sim.parameters import CHECKED, Range, SellerId
from pricewar.sim.units import PositiveDays, PositiveMoney, PricePerMtok, Share


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Undercut:
    """Cheapest rival less a step."""

    kind: Literal["undercut"] = "undercut"
    step: PricePerMtok = 0.5
    """How far below the cheapest rival."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Fixed:
    """Never moves."""

    kind: Literal["fixed"] = "fixed"
    price: PricePerMtok | Range
    """Where it stays."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Shop:
    """One who sells."""

    cash: PositiveMoney | Range
    """Money on the first day."""
    since: date | None = None
    """First day of business; assumed: always there."""
    open: bool = False
    """Whether the weights are open."""
    strategy: Annotated[Undercut | Fixed, Field(discriminator="kind")] = Undercut()
    """How it prices."""
    history: tuple[tuple[float, PricePerMtok], ...] = ()
    """Days and prices before the first day."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Opening:
    """What holds the opening prices."""

    kind: Literal["plain", "dated"] = "plain"
    """How it is written down."""
    hold: Literal["scarce", "focal", "wedge"] = "focal"
    """What holds the residual; Friedman (1971)."""
    u0: Share | Range = 0.3
    """Utilisation on the first day; assumed, because nobody publishes it."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Market:
    """A market small enough to read."""

    currency: dict[str, str] = Field(default_factory=lambda: {"code": "CNY"})
    """Currency of all money."""
    days: PositiveDays = 365
    """How long it lasts."""
    seed: Annotated[int, Field(ge=0)] = 1
    """Root of all chance."""
    opening: Opening = Opening()
    """The first day."""
    shops: dict[SellerId, Shop]
    """Who sells, by name."""
    policies: dict[SellerId, Fixed] = Field(default_factory=dict)
    """What is ordered, by name."""
    sources: dict[str, str] = Field(default_factory=dict)
    """Where numbers are from, by pattern of keys."""

    def __post_init__(self) -> None:
        """Refuse a market of more days than money. Raises ValueError."""
        if any(isinstance(s.cash, float) and s.cash < self.days for s in self.shops.values()):
            raise ValueError("some shop has less money than there are days")


BASE = """
days = 100
[shops.acme]
cash = 1000
since = 2024-05-15
[shops.acme.strategy]
kind = "undercut"
step = 0.25
[shops.bolt]
cash = { low = 1e3, high = 2e3 }
history = [[-3, 2.5]]
[sources]
"shops.*.cash" = "annual reports"
"shops.acme.cash" = "assumed, because it is private"
"""


@plain
class Files:
    """A folder of scenario files, and how to read them."""

    folder: Path
    made: list[str] = field(default_factory=list)

    def write(self, name: str, text: str) -> str:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return str(path)

    def market(
        self, name: str = "base.toml", overrides: tuple[str, ...] = (), policies: tuple[str, ...] = ()
    ) -> Market:
        return build(Market, read(str(self.folder / name), overrides, policies))

    def mistakes(self, text: str, *overrides: str, policies: tuple[str, ...] = ()) -> list[Mistake]:
        self.write("mine.toml", text)
        with pytest.raises(ScenarioMistakes) as raised:
            self.market("mine.toml", overrides, policies)
        return raised.value.mistakes


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Files:
    monkeypatch.chdir(tmp_path)
    found = Files(tmp_path)
    found.write("base.toml", BASE)
    return found


def test_a_file_is_read_as_written(files: Files) -> None:
    market = files.market()
    assert market.days == 100
    assert market.shops["acme"].cash == 1000
    assert market.shops["acme"].since == date(2024, 5, 15)
    assert market.shops["acme"].strategy == Undercut(step=0.25)
    assert market.shops["bolt"].cash == Range(low=1e3, high=2e3)
    assert market.opening.hold == "focal"


def test_an_extension_changes_only_what_it_says(files: Files) -> None:
    files.write("mine.toml", 'extends = "base.toml"\n[shops.acme]\ncash = 2000')
    assert files.market("mine.toml").shops["acme"].cash == 2000
    assert files.market("mine.toml").shops["acme"].strategy == files.market().shops["acme"].strategy
    assert files.market("mine.toml").shops["bolt"] == files.market().shops["bolt"]


def test_extensions_are_found_beside_the_file_that_names_them(files: Files) -> None:
    files.write("sub/middle.toml", 'extends = "../base.toml"\ndays = 50')
    files.write("mine.toml", 'extends = "sub/middle.toml"\nseed = 7')
    market = files.market("mine.toml")
    assert (market.days, market.seed) == (50, 7)


def test_a_table_of_another_kind_starts_afresh(files: Files) -> None:
    files.write("mine.toml", 'extends = "base.toml"\n[shops.acme.strategy]\nkind = "fixed"\nprice = 3')
    assert files.market("mine.toml").shops["acme"].strategy == Fixed(price=3)


def test_a_kind_that_chooses_no_keys_leaves_the_others_alone(files: Files) -> None:
    files.write("mine.toml", 'extends = "base.toml"\nopening.kind = "dated"')
    files.write("base.toml", BASE + "[opening]\nu0 = 0.7")
    assert files.market("mine.toml").opening == Opening(u0=0.7, kind="dated")


def test_a_number_replaces_a_range(files: Files) -> None:
    assert files.market(overrides=("shops.bolt.cash=5000",)).shops["bolt"].cash == 5000


def test_an_entry_can_be_removed(files: Files) -> None:
    files.write("mine.toml", 'extends = "base.toml"\nremove = ["shops.bolt"]')
    assert list(files.market("mine.toml").shops) == ["acme"]


def test_what_is_missing_because_it_was_removed_is_the_removers_mistake(files: Files) -> None:
    (mistake,) = files.mistakes('extends = "base.toml"\nremove = ["shops.acme.cash"]')
    assert (mistake.file, mistake.key, mistake.wrong) == ("mine.toml", "shops.acme.cash", "is missing")


def test_what_was_removed_can_be_said_anew(files: Files) -> None:
    files.write("mine.toml", 'extends = "base.toml"\nremove = ["shops.acme"]\n[shops.acme]\ncash = 500')
    assert files.market("mine.toml").shops["acme"].strategy == Undercut()


@pytest.mark.parametrize(
    ("key", "right"),
    [
        ("shops.blot", "did you mean 'bolt'?"),
        ("shops.bolt.history.0", "an item of a list cannot be removed"),
        ("shop", "did you mean 'shops'?"),
    ],
    ids=["entry", "deep", "table"],
)
def test_removing_what_is_not_there_is_a_mistake(files: Files, key: str, right: str) -> None:
    (mistake,) = files.mistakes(f'extends = "base.toml"\nremove = ["{key}"]')
    assert (mistake.file, mistake.key, mistake.wrong) == (
        "mine.toml",
        "remove",
        f"there is no {key} to remove",
    )
    assert mistake.right == right


def test_a_circle_of_extensions_is_refused(files: Files) -> None:
    files.write("one.toml", 'extends = "mine.toml"')
    (mistake,) = files.mistakes('extends = "one.toml"')
    assert (mistake.file, mistake.key) == ("one.toml", "extends")
    assert mistake.wrong == "goes in a circle (mine.toml → one.toml → mine.toml)"


@pytest.mark.parametrize(
    ("override", "key", "value"),
    [
        ("days=30", ("days",), 30.0),
        ("opening.hold=scarce", ("opening", "hold"), "scarce"),
        ('opening.hold="wedge"', ("opening", "hold"), "wedge"),
        ("opening.u0 = 0.5", ("opening", "u0"), 0.5),
        ("opening.u0={low=0.1,high=0.2}", ("opening", "u0"), {"low": 0.1, "high": 0.2}),
        ("shops.acme.open=true", ("shops", "acme", "open"), True),
        ("shops.acme.since=2023-01-02", ("shops", "acme", "since"), date(2023, 1, 2)),
        ("shops.acme.history=[[-3, 2.5]]", ("shops", "acme", "history"), [[-3.0, 2.5]]),
        ("shops.'acme'.cash=700", ("shops", "acme", "cash"), 700.0),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_override_is_a_toml_value_or_a_bare_word(
    files: Files, override: str, key: tuple[str, ...], value: object
) -> None:
    found = resolved(files.market(overrides=(override,)))
    for part in key:
        found = found[part]
    assert found == value


def test_the_order_of_overrides_does_not_matter(files: Files) -> None:
    both = ("shops.acme.strategy.price=4", "shops.acme.strategy.kind=fixed")
    assert files.market(overrides=both) == files.market(overrides=both[::-1])


@pytest.mark.parametrize(
    ("override", "line"),
    [
        ("dais=3", "command line: dais: there is no such key; did you mean 'days'?"),
        ("openin.hold=scarce", "command line: openin: there is no such key; did you mean 'opening'?"),
        (
            "shops.acmee.cash=3",
            "command line: shops.acmee: there is no 'acmee' in shops; did you mean 'acme'?",
        ),
        ("days", "command line: days: has no value; write it like days=value"),
        ("days=", "command line: days: cannot be read from ''; write it like days=value"),
        ("a b=3", "command line: a b=3: is no override; write it like opening.hold=scarce"),
        ("days=[1", "command line: days: cannot be read from '[1'; write it like days=value"),
        ("days=1,2", "command line: days: is '1,2'; it must be a number above 0 [day]"),
        ("days=1\nseed=3", "command line: days: cannot be read from '1\\nseed=3'; write it like days=value"),
        (
            "opening.hold=x\ny",
            "command line: opening.hold: cannot be read from 'x\\ny'; write it like opening.hold=value",
        ),
        ("opening=3", "command line: opening: is 3; it must be a table"),
    ],
    ids=lambda value: value.partition("\n")[0][:12],
)
def test_a_wrong_override_is_refused(files: Files, override: str, line: str) -> None:
    (mistake,) = files.mistakes('extends = "base.toml"', override)
    assert str(mistake) == line


def test_one_value_per_override(files: Files) -> None:
    mistakes = files.mistakes('extends = "base.toml"', "days=3", "days=4")
    assert [str(m) for m in mistakes] == ["command line: days: is given twice; one value per override"]


RANGE = "{ low = …, high = … }"
SHARE = f"a number from 0 to 1 or {RANGE} [share, 0-1]"
WRONG = {
    "days = -1": "days: is -1; it must be a number above 0 [day]",
    "days = nan": "days: is nan; it must be a number above 0 [day]",
    'days = "long"': "days: is 'long'; it must be a number above 0 [day]",
    "days = true": "days: is true; it must be a number above 0 [day]",
    "days = []": "days: is an empty list; it must be a number above 0 [day]",
    "seed = 2.5": "seed: is 2.5; it must be a whole number at least 0",
    "dais = 3": "dais: there is no such key; did you mean 'days'?",
    "opening.hold = 'fokal'": "opening.hold: is 'fokal'; "
    "it must be 'scarce', 'focal' or 'wedge'; did you mean 'focal'?",
    "opening.u0 = 1.5": f"opening.u0: is 1.5; it must be {SHARE}",
    "opening.u0 = 'x'": f"opening.u0: is 'x'; it must be {SHARE}",
    "opening.u0 = [1]": f"opening.u0: is a list of 1; it must be {SHARE}",
    "opening.u0 = { low = 0.2 }": "opening.u0.high: is missing; give a number [share, 0-1]",
    "opening.u0 = { low = 0.2, hihg = 1, high = 1 }": "opening.u0.hihg: there is no such key; did you mean 'high'?",
    "opening.u0 = { low = 'a', high = 1 }": "opening.u0.low: is 'a'; it must be a number [share, 0-1]",
    "opening.u0 = { low = 0.3, high = 0.2 }": "opening.u0: low (0.3) must not exceed high (0.2)",
    "opening = 3": "opening: is 3; it must be a table",
    "shops.Acme.cash = 3": "shops.Acme: is no name; "
    "a name must be text in lower-case letters, digits, '_', '.' and '-'",
    "shops.new = {}": "shops.new.cash: is missing; give a number above 0 or { low = …, high = … } [money]",
    "shops.acne = {}": "shops.acne.cash: is missing; 'acne' is new here; did you mean 'acme'?",
    "shops.acme = 3": "shops.acme: is 3; it must be { cash = … }",
    "shops.bolt.strategy = { kind = 'undrcut' }": "shops.bolt.strategy.kind: is 'undrcut'; "
    "it must be 'undercut' or 'fixed'; did you mean 'undercut'?",
    "shops.bolt.strategy = {}": "shops.bolt.strategy.kind: is missing; it must be 'undercut' or 'fixed'",
    "shops.bolt.strategy = 3": "shops.bolt.strategy: is 3; it must be a table with kind = 'undercut' or 'fixed'",
    "shops.bolt.strategy = { kind = 'fixed', price = -1 }": "shops.bolt.strategy.price: is -1; "
    f"it must be a number at least 0 or {RANGE} [money/Mtok]",
    "shops.bolt.strategy = { kind = 'fixed', prise = 1, price = 1 }": "shops.bolt.strategy.prise: "
    "there is no such key; did you mean 'price'?",
    "shops.bolt.strategy = { kind = 'undercut', price = 1 }": "shops.bolt.strategy.price: "
    "there is no such key; there is kind, step",
    "shops.bolt.open = 'maybe'": "shops.bolt.open: is 'maybe'; it must be true or false",
    "shops.bolt.since = 'May'": "shops.bolt.since: is 'May'; it must be a date such as 2024-05-15",
    "shops.bolt.history = [[1, 2], [1, 'x']]": "shops.bolt.history.1.1: is 'x'; "
    "it must be a number at least 0 [money/Mtok]",
    "shops.bolt.history = [[1]]": "shops.bolt.history.0.1: is missing; give a number at least 0 [money/Mtok]",
    "shops.acme.cash = 50": "mine.toml: some shop has less money than there are days",
    "sources.'shops.*.csah' = 'x'": 'sources."shops.*.csah": is the source of no key; '
    "did you mean 'shops.bolt.cash'?",
    "extends = 3": "extends: is no text; give the name or the file of one scenario",
    "remove = 3": 'remove: is no list of keys; write it like remove = ["sellers.acme"]',
}


@pytest.mark.parametrize(("said", "line"), WRONG.items(), ids=list(WRONG))
def test_a_mistake_is_one_line_in_plain_words(files: Files, said: str, line: str) -> None:
    text = said if said.startswith("extends") else f'extends = "base.toml"\n{said}'
    mistakes = files.mistakes(text)
    told = [str(mistake) for mistake in mistakes if mistake.key != "shops"]
    assert told == [line if line.startswith("mine.toml: ") else f"mine.toml: {line}"]


def test_no_mistake_speaks_the_checkers_language(files: Files) -> None:
    for override in WRONG:
        told = "\n".join(map(str, files.mistakes(override)))
        for jargon in (
            "Input",
            "valid",
            "dataclass",
            "constrained",
            "Field required",
            "Value error",
            "None",
            "dict",
        ):
            assert jargon not in told


def test_all_mistakes_are_told_together_each_with_the_file_that_made_it(files: Files) -> None:
    files.write("wrong.toml", BASE.replace("cash = 1000", "cash = -1") + "[shops.cord]\nopen = 3")
    files.write("rule.toml", "[policies.floor]\nkind = 'fixed'\nprice = 'dear'")
    text = 'extends = "wrong.toml"\nremove = ["shops.dune"]\n[opening]\nhold = "x"'
    mistakes = files.mistakes(text, "days=-4", "sead=1", policies=("./rule.toml",))
    assert sorted((m.file, m.key) for m in mistakes) == [
        ("command line", "days"),
        ("command line", "sead"),
        ("mine.toml", "opening.hold"),
        ("mine.toml", "remove"),
        ("rule.toml", "policies.floor.price"),
        ("wrong.toml", "shops.acme.cash"),
        ("wrong.toml", "shops.cord.cash"),
        ("wrong.toml", "shops.cord.open"),
    ]


def test_a_mistake_of_the_whole_names_all_that_made_it(files: Files) -> None:
    (mistake,) = files.mistakes('extends = "base.toml"', "shops.acme.cash=50")
    assert str(mistake) == "base.toml with command line: some shop has less money than there are days"


def test_a_policy_is_laid_over_a_scenario_and_overrides_over_the_policy(files: Files) -> None:
    rule = files.write("rule.toml", "description = 'a floor'\n[policies.floor]\nkind = 'fixed'\nprice = 3")
    assert files.market(policies=(rule,)).policies["floor"].price == 3
    assert files.market(overrides=("policies.floor.price=5",), policies=(rule,)).policies["floor"].price == 5


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("days = 3", "rule.toml: days: has no place in a policy file; write [policies.NAME]"),
        ("description = 'x'", "rule.toml: holds no policy; write [policies.NAME]"),
    ],
    ids=["other keys", "nothing"],
)
def test_a_policy_file_holds_policies_only(files: Files, text: str, line: str) -> None:
    files.write("rule.toml", text)
    assert [str(m) for m in files.mistakes(BASE, policies=("./rule.toml",))] == [line]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b"days = 3\nseed 4", "mine.toml: line 2, column 6: expected '=' after a key in a key/value pair"),
        (b"days = 3\ndays = 4", "mine.toml: end of document: cannot overwrite a value"),
        (b"\xff\xfe", "mine.toml: is not written in UTF-8, as TOML must be"),
        (b"a = " + b"[" * 100_000, "mine.toml: is nested too deeply"),
    ],
    ids=["syntax", "twice", "bytes", "deep"],
)
def test_a_file_that_is_no_toml_says_where(files: Files, text: bytes, line: str) -> None:
    (files.folder / "mine.toml").write_bytes(text)
    with pytest.raises(ScenarioMistakes) as raised:
        files.market("mine.toml")
    assert str(raised.value) == line


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("gone.toml", "gone.toml: there is no such file"),
        (".", "no scenario called '.'"),
        ("./", ": cannot be read (Is a directory)"),
        ("base", "no scenario called 'base'; did you mean the file base.toml?"),
        ("zzzzzz", "no scenario called 'zzzzzz'; there is "),
    ],
    ids=["gone", "dot", "folder", "without ending", "unlike any"],
)
@pytest.mark.usefixtures("files")
def test_a_scenario_that_is_not_there_is_refused(source: str, line: str) -> None:
    with pytest.raises(UserMistake) as raised:
        read(source)
    assert line in str(raised.value)


def test_an_unknown_base_is_the_mistake_of_the_file_that_names_it(files: Files) -> None:
    (mistake,) = files.mistakes('extends = "base"')
    assert (mistake.file, mistake.key) == ("mine.toml", "extends")
    assert mistake.wrong == "no scenario called 'base'; did you mean the file base.toml?"


def test_an_unknown_policy_is_refused(files: Files) -> None:
    with pytest.raises(UserMistake, match="no policy called 'price-flor'"):
        files.market(policies=("price-flor",))


@pytest.mark.usefixtures("files")
def test_standard_input_is_a_scenario_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b'extends = "base.toml"\nseed = 9')))
    assert build(Market, read("-")).seed == 9


@pytest.mark.usefixtures("files")
def test_a_wrong_standard_input_is_named_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b'extends = "base.toml"\nseed = -9')))
    with pytest.raises(ScenarioMistakes, match=r"^standard input: seed: is -9"):
        build(Market, read("-"))


def test_a_scenario_file_is_data_and_imports_nothing(files: Files) -> None:
    files.write("evil.py", "raise SystemExit('a scenario file ran code')")
    loader = (
        "import sys; from pricewar.scenarios.config.load import read; "
        "read('mine.toml'); sys.exit('evil' in sys.modules)"
    )
    files.write(
        "mine.toml",
        'extends = "base.toml"\ncurrency.code = "evil"\n"__import__" = "evil"\n"!!python/name:evil" = 1',
    )
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", loader], check=True, env={"PYTHONPATH": f"{root}:{files.folder}"})


def test_a_resolved_scenario_reads_back_as_itself(files: Files) -> None:
    import tomli_w

    market = files.market()
    files.write("again.toml", tomli_w.dumps(resolved(market)))
    assert files.market("again.toml") == market
    assert resolved(market)["opening"] == {"kind": "plain", "hold": "focal", "u0": 0.3}


def test_a_draft_changes_nothing_commented_or_not(files: Files) -> None:
    text = draft(Market, "mine.toml", "base.toml", resolved(files.market()))
    files.write("mine.toml", text)
    assert files.market("mine.toml") == files.market()
    settings = "\n".join(line.removeprefix("# ") for line in text.splitlines() if " = " in line and "[" not in line)
    assert set(tomllib.loads(settings)) == {"extends", "days", "seed", "opening"}
    files.write("mine.toml", settings)
    assert files.market("mine.toml") == files.market()


def test_the_most_exact_source_counts() -> None:
    sources = {"shops.*": "a", "shops.*.cash": "b", "shops.acme.*": "c", "shops.acme.cash": "d"}
    assert [source_of(f"shops.{key}", sources) for key in ("x.y", "x.cash", "acme.y", "acme.cash")] == list("abcd")
    assert source_of("days", sources) is None


def test_explain_tells_unit_default_meaning_and_bounds() -> None:
    (entry,) = explain(Market, "shops.*.strategy.step")
    assert (entry.unit, entry.allowed, entry.default) == (
        "money/Mtok",
        "a number at least 0 [money/Mtok]",
        "0.5",
    )
    assert (entry.kind, entry.meaning, entry.value) == ("", "How far below the cheapest rival.", None)
    assert explain(Market, "shops.acme.strategy.step")[0].meaning == entry.meaning
    assert explain(Market, "shops.*.cash")[0].default is None


def test_explain_in_a_scenario_tells_value_source_and_currency(files: Files) -> None:
    said = resolved(files.market())
    (entry,) = explain(Market, "shops.acme.cash", said)
    assert (entry.value, entry.unit, entry.source) == ("1000", "CNY", "assumed, because it is private")
    (any_shop,) = explain(Market, "shops.*.cash", said)
    assert (any_shop.value, any_shop.source) == (None, "annual reports")


def test_a_name_with_dots_needs_no_quotes(files: Files) -> None:
    files.write("base.toml", BASE + '[shops."v2.5"]\ncash = 400')
    said = resolved(files.market())
    assert explain(Market, "shops.v2.5.cash", said)[0].value == "400"
    assert explain(Market, 'shops."v2.5".cash', said)[0].value == "400"


def test_explain_lists_what_stands_below() -> None:
    (entry,) = explain(Market, "opening")
    assert entry.children == {
        "kind": "How it is written down.",
        "hold": "What holds the residual; Friedman (1971).",
        "u0": "Utilisation on the first day; assumed, because nobody publishes it.",
    }
    assert set(explain(Market)[0].children) == {
        "currency", "days", "seed", "opening", "shops", "policies", "sources",
    }  # fmt: skip
    assert explain(Market, "shops")[0].children == {"*": "One who sells."}


def test_explain_tells_kinds_apart() -> None:
    assert {entry.kind: entry.allowed for entry in explain(Market, "shops.*.strategy.kind")} == {
        "undercut": "'undercut'",
        "fixed": "'fixed'",
    }


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("openning", "no key 'openning'; did you mean 'opening'?"),
        ("shops.*.csh", "no key 'csh' in shops.*; did you mean 'cash'?"),
        ("shops.amce.cash", "no key 'amce' in shops; did you mean 'acme'?"),
        ("days.long", "no key 'long' in days; it has no keys below"),
        ("days..long", "'days..long' is no dotted key; write it like sellers.acme.cash"),
    ],
)
def test_explain_names_the_nearest_key(files: Files, key: str, line: str) -> None:
    with pytest.raises(UserMistake) as raised:
        explain(Market, key, resolved(files.market()))
    assert str(raised.value) == line


def test_every_key_can_be_explained() -> None:
    open_keys, seen = [""], 0
    while open_keys:
        key = open_keys.pop()
        entries = explain(Market, key)
        assert all(entry.meaning or key.endswith("kind") for entry in entries), key
        below = sorted({child for entry in entries for child in entry.children})
        open_keys += [f"{key}.{child}".lstrip(".") for child in below if key.count(".") < 6]
        seen += 1
    assert seen > 20


def test_the_schema_for_editors_knows_units_and_lets_a_file_extend_another() -> None:
    schema = file_schema(Market)
    assert schema["$defs"]["Shop"]["properties"]["cash"]["x-unit"] == "money"
    assert schema["$defs"]["Market"]["properties"]["extends"]["type"] == "string"
    assert "required" not in schema["$defs"]["Shop"]


@pytest.mark.parametrize("path", [("a",), ("a", "b-c"), ("a", "v2.5", "x"), ("*", "1")], ids=".".join)
def test_a_key_is_taken_apart_as_it_was_put_together(path: tuple[str, ...]) -> None:
    assert split_key(join_key(path)) == path
