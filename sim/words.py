"""Numbers, dates and lists as people write them; the same in every locale."""

from datetime import date

from pricewar.sim.text import counted, figures, percent

__all__ = ["counted", "day_month_year", "figures", "names", "percent", "span_of_time"]


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
