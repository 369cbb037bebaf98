"""Which clocks run where: states and provinces, their area codes and their ZIP codes.

Facts as of 2026-11. Zones: 49 CFR part 71 for the United States. Area codes: the North American Numbering Plan's
assignments. ZIP prefixes: the Postal Service's three-digit prefixes; in a split state a prefix is listed only when all
of it keeps one time.
"""

import re
from collections.abc import Iterator
from functools import cache

EASTERN = "America/New_York"
CENTRAL = "America/Chicago"
MOUNTAIN = "America/Denver"
ARIZONA = "America/Phoenix"
PACIFIC = "America/Los_Angeles"
ALASKA = "America/Anchorage"
ALEUTIAN = "America/Adak"
HAWAII = "Pacific/Honolulu"

NATIONWIDE = (EASTERN, CENTRAL, MOUNTAIN, ARIZONA, PACIFIC, ALASKA, HAWAII)
"""The zones of the fifty states; the few people on Adak keep Hawaii's or Alaska's time."""

REGIONS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "AL": ("Alabama", "205 251 256 334 659 938", (CENTRAL,)),
    "AK": ("Alaska", "907", (ALASKA, ALEUTIAN)),
    "AZ": ("Arizona", "480 520 602 623 928", (ARIZONA, MOUNTAIN)),
    "AR": ("Arkansas", "327 479 501 870", (CENTRAL,)),
    "CA": (
        "California",
        (
            "209 213 279 310 323 341 350 357 369 408 415 424 442 510 530 559 562 619 626 628 650 657 661 669 707 714 "
            "738 747 760 805 818 820 831 837 840 858 909 916 925 949 951"
        ),
        (PACIFIC,),
    ),
    "CO": ("Colorado", "303 719 720 748 970 983", (MOUNTAIN,)),
    "CT": ("Connecticut", "203 475 860 959", (EASTERN,)),
    "DC": ("District of Columbia", "202 771", (EASTERN,)),
    "DE": ("Delaware", "302", (EASTERN,)),
    "FL": (
        "Florida",
        "239 305 321 324 352 386 407 448 561 645 656 689 727 728 754 772 786 813 850 863 904 941 954",
        (EASTERN, CENTRAL),
    ),
    "GA": ("Georgia", "229 404 470 478 678 706 762 770 912 943", (EASTERN,)),
    "HI": ("Hawaii", "808", (HAWAII,)),
    "IA": ("Iowa", "319 515 563 641 712", (CENTRAL,)),
    "ID": ("Idaho", "208 986", (MOUNTAIN, PACIFIC)),
    "IL": (
        "Illinois",
        "217 224 309 312 331 447 464 618 630 708 730 773 779 815 847 861 872",
        (CENTRAL,),
    ),
    "IN": ("Indiana", "219 260 317 463 574 765 812 930", (EASTERN, CENTRAL)),
    "KS": ("Kansas", "316 620 785 913", (CENTRAL, MOUNTAIN)),
    "KY": ("Kentucky", "270 364 502 606 859", (EASTERN, CENTRAL)),
    "LA": ("Louisiana", "225 318 337 457 504 985", (CENTRAL,)),
    "MA": ("Massachusetts", "339 351 413 508 617 774 781 857 978", (EASTERN,)),
    "MD": ("Maryland", "227 240 301 410 443 667", (EASTERN,)),
    "ME": ("Maine", "207", (EASTERN,)),
    "MI": ("Michigan", "231 248 269 313 517 586 616 679 734 810 906 947 989", (EASTERN, CENTRAL)),
    "MN": ("Minnesota", "218 320 507 612 651 763 924 952", (CENTRAL,)),
    "MO": ("Missouri", "235 314 417 557 573 636 660 816 975", (CENTRAL,)),
    "MS": ("Mississippi", "228 471 601 662 769", (CENTRAL,)),
    "MT": ("Montana", "406", (MOUNTAIN,)),
    "NC": ("North Carolina", "252 336 472 704 743 828 910 919 980 984", (EASTERN,)),
    "ND": ("North Dakota", "701", (CENTRAL, MOUNTAIN)),
    "NE": ("Nebraska", "308 402 531", (CENTRAL, MOUNTAIN)),
    "NH": ("New Hampshire", "603", (EASTERN,)),
    "NJ": ("New Jersey", "201 551 609 640 732 848 856 862 908 973", (EASTERN,)),
    "NM": ("New Mexico", "505 575", (MOUNTAIN,)),
    "NV": ("Nevada", "702 725 775", (PACIFIC, MOUNTAIN)),
    "NY": (
        "New York",
        "212 315 329 332 347 363 465 516 518 585 607 624 631 646 680 716 718 838 845 914 917 929 934",
        (EASTERN,),
    ),
    "OH": (
        "Ohio",
        "216 220 234 283 326 330 380 419 436 440 513 567 614 740 937",
        (EASTERN,),
    ),
    "OK": ("Oklahoma", "405 539 572 580 918", (CENTRAL,)),
    "OR": ("Oregon", "458 503 541 971", (PACIFIC, MOUNTAIN)),
    "PA": (
        "Pennsylvania",
        "215 223 267 272 412 445 484 570 582 610 717 724 814 835 878",
        (EASTERN,),
    ),
    "RI": ("Rhode Island", "401", (EASTERN,)),
    "SC": ("South Carolina", "803 821 839 843 854 864", (EASTERN,)),
    "SD": ("South Dakota", "605", (CENTRAL, MOUNTAIN)),
    "TN": ("Tennessee", "423 615 629 731 865 901 931", (CENTRAL, EASTERN)),
    "TX": (
        "Texas",
        (
            "210 214 254 281 325 346 361 409 430 432 469 512 621 682 713 726 737 806 817 830 832 903 915 936 940 945 "
            "956 972 979"
        ),
        (CENTRAL, MOUNTAIN),
    ),
    "UT": ("Utah", "385 435 801", (MOUNTAIN,)),
    "VA": ("Virginia", "276 434 540 571 686 703 757 804 826 948", (EASTERN,)),
    "VT": ("Vermont", "802", (EASTERN,)),
    "WA": ("Washington", "206 253 360 425 509 564", (PACIFIC,)),
    "WI": ("Wisconsin", "262 274 353 414 534 608 715 920", (CENTRAL,)),
    "WV": ("West Virginia", "304 681", (EASTERN,)),
    "WY": ("Wyoming", "307", (MOUNTAIN,)),
    "AS": ("American Samoa", "684", ("Pacific/Pago_Pago",)),
    "GU": ("Guam", "671", ("Pacific/Guam",)),
    "MP": ("Northern Mariana Islands", "670", ("Pacific/Saipan",)),
    "PR": ("Puerto Rico", "787 939", ("America/Puerto_Rico",)),
    "VI": ("U.S. Virgin Islands", "340", ("America/St_Thomas",)),
    "AB": ("Alberta", "368 403 587 780 825", ("America/Edmonton",)),
    "BC": ("British Columbia", "236 250 257 604 672 778", ("America/Vancouver", "America/Edmonton")),
    "MB": ("Manitoba", "204 431 584", ("America/Winnipeg",)),
    "NB": ("New Brunswick", "428 506", ("America/Moncton",)),
    "NL": ("Newfoundland and Labrador", "709 879", ("America/St_Johns", "America/Goose_Bay")),
    "NS": ("Nova Scotia", "782 902", ("America/Halifax",)),
    "NT": ("Northwest Territories", "867", ("America/Edmonton",)),
    "NU": ("Nunavut", "867", ("America/Iqaluit", "America/Winnipeg", "America/Edmonton")),
    "ON": (
        "Ontario",
        "226 249 289 343 365 382 416 437 519 548 613 647 683 705 742 753 807 905 942",
        ("America/Toronto", "America/Winnipeg"),
    ),
    "PE": ("Prince Edward Island", "782 902", ("America/Halifax",)),
    "QC": (
        "Quebec",
        "263 273 354 367 418 438 450 468 514 579 581 819 873",
        ("America/Toronto", "America/Halifax"),
    ),
    "SK": ("Saskatchewan", "306 474 639", ("America/Regina", "America/Edmonton")),
    "YT": ("Yukon", "867", ("America/Whitehorse",)),
}
"""By postal code: the name, the area codes, and the zones, the most populous first."""

_ZIP_PREFIXES = {
    "AL": "350-369", "AK": "995-999", "AZ": "850-865", "AR": "716-729", "CA": "900-961", "CO": "800-816",
    "CT": "060-069", "DC": "200 202-205 569", "DE": "197-199", "FL": "320-339 341-349", "GA": "300-319 398-399",
    "GU": "969", "HI": "967-968", "IA": "500-528", "ID": "832-838", "IL": "600-629", "IN": "460-479",
    "KS": "660-679", "KY": "400-427", "LA": "700-714", "MA": "010-027 055", "MD": "206-219", "ME": "039-049",
    "MI": "480-499", "MN": "550-567", "MO": "630-658", "MS": "386-397", "MT": "590-599", "NC": "270-289",
    "ND": "580-588", "NE": "680-693", "NH": "030-038", "NJ": "070-089", "NM": "870-884", "NV": "889-898",
    "NY": "005 100-149", "OH": "430-459", "OK": "730-732 734-749", "OR": "970-979", "PA": "150-196",
    "PR": "006-007 009", "RI": "028-029", "SC": "290-299", "SD": "570-577", "TN": "370-385", "TX": "733 750-799 885",
    "UT": "840-847", "VA": "201 220-246", "VI": "008", "VT": "050-054 056-059", "WA": "980-994", "WI": "530-549",
    "WV": "247-268", "WY": "820-831",
}  # fmt: skip

_ZIP_ZONES = {
    "AK": {ALASKA: "996-999"},
    "AZ": {ARIZONA: "850-857 863-864"},
    "FL": {EASTERN: "320-323 326-349", CENTRAL: "325"},
    "ID": {MOUNTAIN: "832-834 836-837", PACIFIC: "838"},
    "IN": {EASTERN: "460-462 466-468 470-474 478", CENTRAL: "463-464 476-477"},
    "KS": {CENTRAL: "660-676 679"},
    "KY": {EASTERN: "400 402-418 425", CENTRAL: "420-424"},
    "MI": {EASTERN: "480-497"},
    "ND": {CENTRAL: "580-584 587"},
    "NE": {CENTRAL: "680-689", MOUNTAIN: "693"},
    "NV": {PACIFIC: "889-897"},
    "OR": {PACIFIC: "970-978"},
    "SD": {CENTRAL: "570-574", MOUNTAIN: "577"},
    "TN": {CENTRAL: "370-372 375 380-385", EASTERN: "374 376 378-379"},
    "TX": {CENTRAL: "733 750-797", MOUNTAIN: "799 885"},
}


_ZIP_BEHIND = re.compile(r",? \d{5}(?:-\d{4})?$")


def region_named(text: str) -> str | None:
    """Return the postal code of a state or province given by code or by name, a ZIP code behind it or not, or None."""
    folded = _ZIP_BEHIND.sub("", " ".join(text.replace(".", "").split())).casefold()
    return folded.upper() if folded.upper() in REGIONS else _codes_by_name().get(folded)


def regions_of_area_code(area_code: str) -> tuple[str, ...]:
    """Return the states or provinces that an area code serves; none for toll-free, unassigned and other countries'."""
    return tuple(code for code, (_, area_codes, _) in REGIONS.items() if area_code in area_codes.split())


def region_of_zip(zip_code: str) -> str | None:
    """Return the state of a ZIP code, or None."""
    return _states_by_prefix().get(zip_code.strip()[:3])


def zones_of(region: str, zip_code: str = "") -> tuple[str, ...]:
    """Return the zones of a state or province; the one alone when the ZIP code settles it."""
    for zone, ranges in _ZIP_ZONES.get(region, {}).items():
        if zip_code.strip()[:3] in _prefixes(ranges):
            return (zone,)
    return REGIONS[region][2]


@cache
def _codes_by_name() -> dict[str, str]:
    return {name.casefold(): code for code, (name, _, _) in REGIONS.items()}


@cache
def _states_by_prefix() -> dict[str, str]:
    return {prefix: state for state, ranges in _ZIP_PREFIXES.items() for prefix in _prefixes(ranges)}


def _prefixes(ranges: str) -> Iterator[str]:
    for part in ranges.split():
        first, _, last = part.partition("-")
        yield from (f"{number:03}" for number in range(int(first), int(last or first) + 1))
