"""Prices of a record, a step line for each line of a seller, its wars shaded and their onsets dotted."""

from typing import TYPE_CHECKING

from pricewar.sim.figures.style import WAR, house_style, looks, page

if TYPE_CHECKING:
    import polars as pl
    from matplotlib.figure import Figure

ROW = 2.2
"""Height of a tier. [inch]"""


def recorded_prices(moves: "pl.DataFrame", wars: "pl.DataFrame", currency: str) -> "Figure":
    """Draw every line's price by date, a panel a tier.

    moves: as the detector takes them, with dates. wars: their table. currency: its code, or empty.
    A free price is drawn at a tenth of the lowest above zero.
    """
    import polars as pl

    tiers = sorted(moves["tier"].unique())
    posted = moves.filter(pl.col("price").is_not_null() & (pl.col("kind") != "withdrawn"))
    lowest = posted.filter(pl.col("price") > 0)["price"].min()
    free = float(str(lowest or 1.0)) / 10.0
    shown = looks(sorted(moves["seller"].unique()))
    last = moves["date"].max()
    with house_style():
        figure = page(ROW * len(tiers) + 0.8, right=1.6)
        panels = figure.subplots(len(tiers), 1, sharex=True, squeeze=False)[:, 0]
        for axes, tier in zip(panels, tiers, strict=True):
            for seller, of_seller in (
                posted.filter(pl.col("tier") == tier)
                .partition_by(["seller"], as_dict=True, maintain_order=True)
                .items()
            ):
                look = shown[str(seller[0])]
                names = ["line"] if "line" in of_seller.columns else ["tier"]
                for at, line in enumerate(of_seller.partition_by(names, maintain_order=True)):
                    days = line.group_by("date", maintain_order=True).agg(pl.col("price").min()).sort("date")
                    prices = [max(price, free) for price in days["price"]]
                    axes.step(
                        [*days["date"], last], [*prices, prices[-1]], where="post", color=look.colour,
                        linestyle=look.dash,
                        label=str(seller[0]) if at == 0 else None,
                    )  # fmt: skip
            for war in wars.iter_rows(named=True):
                if tier in war["tier"].split(","):
                    axes.axvspan(
                        war["start_date"], war["end_date"], facecolor=WAR, alpha=0.6, edgecolor="none", zorder=0
                    )
                    axes.axvline(war["start_date"], color="black", linewidth=0.9, linestyle=(0, (1, 1.5)))
            axes.set_yscale("log")
            if (posted.filter(pl.col("tier") == tier)["price"] <= 0).any():
                across = axes.get_yaxis_transform()
                axes.text(0.01, free, "free, no price on this axis", transform=across, va="bottom", fontsize="small")
            axes.set_ylabel(f"{tier}: list price\n[{currency or 'money'}/Mtok]")
            axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False)
        panels[-1].set_xlabel("date")
    return figure
