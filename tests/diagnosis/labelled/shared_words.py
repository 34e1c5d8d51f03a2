"""Names that say the same of many exercises."""

IGNORES = "ignores-dout ignores-upstream local-only ones"
AS_IT_CAME = "factor-missing passed-unchanged"
MEAN = "averaged divided-by-N"
NOT_SWAPPED = "multiply-not-swapped input-as-local dot-not-swapped"
ADDED = "adds-local sum-for-product"
