"""Units of every parameter, carried by its type so that loaders, schemas and `explain` can show them.

A unit knows the power with which money enters it, so that a whole scenario can be put into another currency.
"""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of measurement: its symbol, and how it changes when the currency does."""

    symbol: str
    money: int = 0
    """Power of money in the unit: 1 for a price, 0 for a share."""


DAY_SECONDS = 86_400.0
"""Seconds of a day."""
WEEK = 7
"""Days of a week."""
MONTH = 30
"""Days of a month, where only its length counts."""

Days = Annotated[float, Field(ge=0), Unit("day")]
PositiveDays = Annotated[float, Field(gt=0), Unit("day")]
PerDay = Annotated[float, Field(ge=0), Unit("1/day")]
Number = Annotated[float, Unit("1")]
Positive = Annotated[float, Field(gt=0), Unit("1")]
NonNegative = Annotated[float, Field(ge=0), Unit("1")]
Share = Annotated[float, Field(ge=0, le=1), Unit("share, 0-1")]
OpenShare = Annotated[float, Field(gt=0, lt=1), Unit("share, 0-1 exclusive")]
Nats = Annotated[float, Unit("nat of effective training compute")]
Utils = Annotated[float, Unit("util")]
Money = Annotated[float, Unit("money", money=1)]
Amount = Annotated[float, Field(ge=0), Unit("money", money=1)]
PositiveMoney = Annotated[float, Field(gt=0), Unit("money", money=1)]
PricePerMtok = Annotated[float, Field(ge=0), Unit("money/Mtok", money=1)]
PositivePricePerMtok = Annotated[float, Field(gt=0), Unit("money/Mtok", money=1)]
MoneyPerKwh = Annotated[float, Field(ge=0), Unit("money/kWh", money=1)]
MoneyPerHour = Annotated[float, Field(ge=0), Unit("money/accelerator-hour", money=1)]
MoneyPerDay = Annotated[float, Field(ge=0), Unit("money/day", money=1)]
MoneyPerYear = Annotated[float, Field(ge=0), Unit("money/year", money=1)]
MoneyPerUsd = Annotated[float, Field(gt=0), Unit("money/USD", money=1)]
MtokPerDay = Annotated[float, Field(ge=0), Unit("Mtok/day")]
Accelerators = Annotated[float, Field(ge=0), Unit("accelerator")]
PositiveAccelerators = Annotated[float, Field(gt=0), Unit("accelerator")]
Billions = Annotated[float, Field(gt=0), Unit("1e9 parameters")]
Bytes = Annotated[float, Field(gt=0), Unit("byte")]
Tokens = Annotated[float, Field(gt=0), Unit("token")]
TokensPerSecond = Annotated[float, Field(gt=0), Unit("token/s")]
PerYear = Annotated[float, Unit("1/year")]
Years = Annotated[float, Field(gt=0), Unit("year")]
Utilisation = Annotated[float, Field(gt=0, le=1), Unit("share of capacity, 0-1")]
