"""Numbers, dates and lists as people write them; the same in every locale."""

from datetime import date
from math import floor, isfinite, log10


def percent(share: float) -> str:
    """Write a share as a percentage; never as all or nothing unless it is.

    >>> percent(0.716), percent(0.0), percent(0.004), percent(0.9997), percent(1.0 - 1e-15)
    ('72 %', '0 %', '0.4 %', '99.97 %', '100 %')
    """
    value = round(100 * share, 9)  # a share of all but a rounding error is all
    digits = 0
    while digits < 4 and value not in (0.0, 100.0) and round(value, digits) in (0.0, 100.0):
        digits += 1
    return f"{value:.{digits}f} %"


def figures(value: float, error: float | None = None) -> str:
    """Write a number with three significant figures, thousands parted by commas; millions and more in words.

    error: of chance, such as half an interval's width; with one the number ends at the second figure of it, so that no
    figure is told that another draw would change, and none is left out that it would not.

    >>> figures(0.0512), figures(12.0), figures(1234.5), figures(45_678_901.0), figures(0.0)
    ('0.0512', '12', '1,230', '45.7 million', '0')
    >>> figures(4.0, 2.476), figures(1234.5, 0.031), figures(45_678_901.0, 2_300_000.0), figures(1.0, 0.0)
    ('4.0', '1,234.50', '45.7 million', '1')
    """
    if not isfinite(value):
        return "not known" if value != value else "∞" if value > 0 else "−∞"
    for size, word in ((1e12, " trillion"), (1e9, " billion"), (1e6, " million")):
        if abs(value) >= size:
            return f"{figures(value / size, None if error is None else error / size)}{word}"
    if error is not None and isfinite(error) and error > 0.0:
        largest = max(abs(value), error)
        decimals = min(1 - floor(log10(error)), MOST - 1 - floor(log10(largest)))
        return f"{round(value, decimals) + 0.0:,.{max(decimals, 0)}f}"
    if value == 0:
        return "0"
    rounded = round(value, 2 - int(log10(abs(value)) // 1))
    return f"{rounded:,.0f}" if abs(rounded) >= 1000 else f"{rounded:.3g}"


MOST = 6
"""Significant figures of a number, however small its error."""


def signed(value: float, error: float | None = None) -> str:
    """Write a difference with its sign.

    >>> signed(0.0512), signed(-12.0), signed(0.0), signed(0.5, 0.21)
    ('+0.0512', '-12', '0', '+0.50')
    """
    return f"+{figures(value, error)}" if value > 0.0 else figures(value, error)


def ratio(value: float | None) -> str:
    """Write a number without unit; nothing where there is none.

    >>> ratio(3.14159), ratio(float("inf")), ratio(float("nan")), ratio(None)
    ('3.14', '∞', '', '')
    """
    return "" if value is None or value != value else figures(value)


def counted(count: int, thing: str) -> str:
    """Write how many there are of something.

    >>> counted(1, "seller"), counted(2, "seller")
    ('1 seller', '2 sellers')
    """
    return f"{count} {thing}{'s' * (count != 1)}"


def day_month_year(day: date) -> str:
    """Write a date as people do, the same in every locale.

    >>> day_month_year(date(2024, 5, 6))
    '6 May 2024'
    """
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return f"{day.day} {months[day.month - 1]} {day.year}"


def names(parted_by_commas: str) -> str:
    """List names in words.

    >>> names("acme,bolt,core")
    'acme, bolt and core'
    """
    *others, last = parted_by_commas.split(",")
    return f"{', '.join(others)} and {last}" if others else last


def names_of_tiers(tiers: str) -> str:
    """Name the tiers of a war, which its table parts by commas.

    >>> names_of_tiers("cheap"), names_of_tiers("cheap,flagship")
    ('cheap tier', 'cheap and flagship tiers')
    """
    return f"{names(tiers)} tier{'s' * (',' in tiers)}"


def span_of_time(days: float) -> str:
    """Write a stretch of time in hours or days, as precise as it deserves.

    >>> span_of_time(0.125), span_of_time(1.0), span_of_time(4.25), span_of_time(45.6)
    ('3 hours', '1 day', '4.2 days', '46 days')
    """
    if days < 1:
        hours = round(24 * days)
        return f"{hours} hour{'s' * (hours != 1)}"
    told = f"{days:.0f}" if days >= 10 else f"{days:.1f}".removesuffix(".0")
    return f"{told} day{'s' * (told != '1')}"
