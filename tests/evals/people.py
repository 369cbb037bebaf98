"""The invented leads whom the tasks are about."""

_FIRST = 480213577100001

(
    JANE,
    MARCUS,
    PRIYA,
    TOM,
    ELENA,
    JON,
    JON_OF_EVANSTON,
    WALTER,
    DANA,
    AIKO,
    RUTH,
    SAM,
    LEILA,
    BEN,
    GRACE,
    CARL,
    NORA,
    HUGO,
) = (str(_FIRST + each) for each in range(18))
