"""The market: the `board` with its tariffs and terms, `demand`, `choice`, `beliefs`, `clearing`, `rental`, `rebate`."""
