"""The functions: one file each.

What comes before all of them: a start makes hundreds of thousands of objects that stay, and the collector's usual 2,000
between two looks had it go through them again and again, a twelfth of a start. Cycles that are garbage are few here.
"""

import gc

gc.set_threshold(50_000, 20, 50)
