"""Sellers: a `firm`, its `lines`, its `reviews` of prices, its launches, money and machines."""
