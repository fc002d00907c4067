"""What a token costs, and how that falls over the years.

Read in this order:

1. `accelerators`  the machines: data sheets, launch dates, purchase prices, power;
2. `ownership`     what an hour of one costs its owner: capital, energy, upkeep;
3. `serving`       how many seconds of it a million tokens take: a roofline for prefill and for decode;
4. `curves`        how a cost falls: with time, with cumulative or current output, at dated steps; and how wrong such
                   a curve may be: a correlated random walk with drift;
5. `progress`      algorithms, serving software and compression, which spare machines;
6. `cost_index`    compute, energy and data in one unit cost, with the input demands that follow from it.

Pure functions and frozen parameters: nothing here holds state, draws a number unasked or reads the clock.
"""
