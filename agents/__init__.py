"""Those who act. Read `firm` (a seller), `reviews` (when it prices), `pricing/best_response` (how), then the rest.

Who: `clouds` and `labs` (firms that own or rent machines), `hosts` of open weights, `buyers` (a sampled population;
`continuum` is its limit) and `regulators`. What a scenario says of them: `products`, `costs`, `segments`.
"""
