"""Every term of a seller's price is watched: plant a wrong sign in it, and a known answer is no longer found."""

import ast
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import FunctionType, ModuleType

import pytest

from pricewar.scenarios.verification.answers import rows
from pricewar.scenarios.verification.catalogue import SUBJECTS, checks


@dataclass(frozen=True, slots=True)
class Mutation:
    """A wrong line in place of a right one."""

    name: str
    module: str
    right: str
    wrong: str
    watched_by: tuple[str, ...]
    """Checks of which at least one must fail."""


FIRST_ORDER, BEST, LINEAR, LOG = (
    "pricewar.agents.games.first_order",
    "pricewar.agents.pricing.best_response",
    "pricewar.agents.demand.linear_logit",
    "pricewar.agents.demand.log_logit",
)
COST = "cost: Floats = books.marginal + books.forgone + held.wedge - books.future_value"
MUTATIONS = (
    Mutation(
        "sign of the shadow price", FIRST_ORDER, "self.cost + shadow *", "self.cost - shadow *", ("terms.capacity",)
    ),
    Mutation(
        "no shadow price",
        FIRST_ORDER,
        "self.cost + shadow * self.seconds",
        "self.cost + 0.0 * shadow",
        ("terms.capacity",),
    ),
    Mutation(
        "sign of the frozen shadow price",
        BEST,
        "cost + held.shadow",
        "cost - held.shadow",
        ("terms.scarcity",),
    ),
    Mutation("sign of the wedge", BEST, COST, COST.replace("+ held.wedge", "- held.wedge"), ("terms.opening",)),
    Mutation(
        "sign of the rent forgone",
        BEST,
        COST,
        COST.replace("+ books.forgone", "- books.forgone"),
        ("terms.forgone_rent",),
    ),
    Mutation(
        "sign of the value of a sale",
        BEST,
        COST,
        COST.replace("- books.future_value", "+ books.future_value"),
        ("lock_in.sign",),
    ),
    Mutation(
        "sign of the margin in the first-order condition",
        FIRST_ORDER,
        "residual: Floats = 1.0 + ((prices - problem.group_cost(cost))",
        "residual: Floats = 1.0 - ((prices - problem.group_cost(cost))",
        ("price.monopoly",),
    ),
    Mutation(
        "margin on price in place of price less cost",
        FIRST_ORDER,
        "((prices - problem.group_cost(cost)) @ jacobian)",
        "(prices @ jacobian)",
        ("price.monopoly",),
    ),
    Mutation(
        "own lines priced apart",
        FIRST_ORDER,
        "((prices - problem.group_cost(cost)) @ jacobian)",
        "((prices - problem.group_cost(cost)) * np.diagonal(jacobian))",
        ("price.asymmetric",),
    ),
    Mutation(
        "sign of the markup that inverts the first-order condition",
        FIRST_ORDER,
        "price[own] + np.linalg.solve",
        "price[own] - np.linalg.solve",
        ("terms.opening",),
    ),
    Mutation(
        "sign of the linear price",
        LINEAR,
        "-1.0 / self.scale[:, None], share",
        "1.0 / self.scale[:, None], share",
        ("price.monopoly",),
    ),
    Mutation(
        "sign of cross effects",
        "pricewar.sim.market.demand",
        "= -(quantity.T @ weighted)",
        "= (quantity.T @ weighted)",
        ("price.asymmetric",),
    ),
    Mutation(
        "own effect left out",
        "pricewar.sim.market.demand",
        "jacobian.flat[:: own.size + 1] += own",
        "jacobian.flat[:: own.size + 1] += 0.5 * own",
        ("price.monopoly",),
    ),
    Mutation(
        "sign of the log price",
        LOG,
        "d_utility = -self.sensitivity",
        "d_utility = self.sensitivity",
        ("terms.log_logit",),
    ),
    Mutation(
        "a price term that forgets the volume elasticity",
        LOG,
        "* tokens / (self.reference",
        "/ (self.reference",
        ("terms.log_logit",),
    ),
    Mutation(
        "sign of the volume elasticity",
        LOG,
        "d_size = -self.elasticity",
        "d_size = self.elasticity",
        ("terms.log_logit",),
    ),
    Mutation(
        "nests without their own substitution",
        "pricewar.agents.demand.nested_logit",
        "jacobian += alike",
        "jacobian += 0.0 * alike",
        ("price.nested_logit",),
    ),
    Mutation(
        "sign of the mean taste",
        "pricewar.agents.demand.mixed_logit",
        "np.exp(-0.5 * self.deviation**2)",
        "np.exp(0.5 * self.deviation**2)",
        ("price.mixed_logit",),
    ),
    Mutation(
        "tastes of one price only",
        "pricewar.agents.demand.mixed_logit",
        "felt = people * self.sensitivity.ravel()",
        "felt = people * self.sensitivity.mean()",
        ("price.mixed_logit",),
    ),
    Mutation(
        "index of cost upside down",
        BEST,
        "books.first * (books.unit / books.first_unit)",
        "books.first * (books.first_unit / books.unit)",
        ("terms.pass_through_null",),
    ),
)


def functions(module: ModuleType) -> dict[str, FunctionType]:
    """Every function and method that a module defines, by its qualified name."""
    by_name = {}
    for value in vars(module).values():
        if isinstance(value, FunctionType) and value.__module__ == module.__name__:
            by_name[value.__qualname__] = value
        if isinstance(value, type) and value.__module__ == module.__name__:
            for member in vars(value).values():
                function = member.fget if isinstance(member, property) else member
                if isinstance(function, FunctionType):
                    by_name[function.__qualname__] = function
    return by_name


@contextmanager
def planted(mutation: Mutation) -> Iterator[int]:
    """Put a wrong line into the running program, in every place where its functions are known; says in how many.

    The code of the functions is exchanged, so that whoever has imported them has the wrong ones too.
    """
    module = import_module(mutation.module)
    source = Path(str(module.__file__)).read_text(encoding="utf-8")
    assert source.count(mutation.right) == 1, f"'{mutation.right}' must stand once in {mutation.module}"
    wrong = ModuleType(mutation.module)
    wrong.__file__ = module.__file__
    sys.modules[mutation.module] = wrong
    try:
        exec(
            compile(ast.parse(source.replace(mutation.right, mutation.wrong)), str(module.__file__), "exec"),
            vars(wrong),
        )
    finally:
        sys.modules[mutation.module] = module
    right, other = functions(module), functions(wrong)
    changed = {name: right[name].__code__ for name in right if right[name].__code__ != other[name].__code__}
    for name in changed:
        right[name].__code__ = other[name].__code__
    forget()
    try:
        yield len(changed)
    finally:
        for name, code in changed.items():
            right[name].__code__ = code
        forget()


def forget() -> None:
    """Throw away what checks have kept of earlier worlds."""
    for subject in SUBJECTS:
        for value in vars(subject).values():
            if hasattr(value, "cache_clear"):
                value.cache_clear()


def found(names: tuple[str, ...]) -> bool:
    """Whether all these known answers are found; a program that breaks down finds none."""
    try:
        return all(row.passes for name in names for check in checks(name, slow=True) for row in rows(check))
    except (ArithmeticError, ValueError, RuntimeWarning):
        return False


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_wrong_term_of_the_price_is_noticed(mutation: Mutation) -> None:
    with planted(mutation) as places:
        assert places == 1
        assert not found(mutation.watched_by)


def test_without_a_mutation_the_same_checks_find_what_is_known() -> None:
    """The control: the watch does not cry without cause, also after all the planting and restoring.

    Three that between them run every function that was touched; all of them are asked in `test_known_answers`.
    """
    with planted(MUTATIONS[0]):
        pass
    for name in ("price.asymmetric", "terms.capacity", "terms.opening"):
        assert found((name,)), name
