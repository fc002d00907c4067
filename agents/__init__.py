"""Those who act. Read `firm` (a seller), `reviews` (when it prices), `pricing/best_response` (how), then the rest.

What a scenario says of them: `products` (sellers and their lines), `releases` (open weights and hosts), `segments`
and `applications` (buyers), `projects` (research), `finance`, `costs`, `technology`, `supply`, `compute` (machines
for rent), `sites`, `chain` (which links hold).

- sellers: `firm` has `lines` and `token_costs`; `succession` makes lines better, `launches` opens new ones, `outlook`
  says what a sale is worth beyond today, `opening` what holds the first day's prices, `entry` when a firm comes;
  `surroundings` is what all of them share;
- machines: `economy` (what an hour costs today), `machines`, `clouds` (who orders), `arrivals`, `vendors`,
  `experience`; `rental_market` and `rent_payments` for those who rent;
- models: `research` (the pipeline), `training_runs`, `work` (a project at work), `seller_research`, `open_labs`,
  `labs` (releases);
- open weights: `hosts` and `self_hosting`, both by `rented`;
- buyers: `buyers` are many, each `crowd` with `traits` of its own; `continuum` and `mass` are their limit; `seasons`
  is the time they share, `welfare` what they have at stake;
- rules: `policies`, one file each.
"""
