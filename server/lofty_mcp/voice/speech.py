"""Whether a recording can be speech: pocketsphinx hears words in music too."""

import array
from collections.abc import Iterator
from itertools import pairwise

from lofty_mcp.voice.decoding import RATE, Sound

_FRAME = RATE // 50
_MOST_S = 60
_QUIET = 20
"""Of 32,768: a second as quiet as this on average tells nothing."""
_LEAST_PAUSES = 0.1
_LEAST_HISSES = 0.01


def sounds_like_speech(sound: Sound) -> bool:
    """Return whether there are pauses and hissing sounds in it, as between syllables and in an s.

    A share of frames at most half as loud as their second, and a share that crosses zero half as often again: both are
    high in speech and low in music, hum and noise (Lu, Jiang and Zhang, 2001). Of a long memo, a minute is looked at.
    """
    pauses = hisses = frames = 0
    for second in _seconds(sound):
        loudness = [sum(map(abs, each)) / _FRAME for each in second]
        crossings = [sum((one < 0) != (next_one < 0) for one, next_one in pairwise(each)) for each in second]
        usual, often = sum(loudness) / len(second), sum(crossings) / len(second)
        if usual < _QUIET:
            continue
        frames += len(second)
        pauses += sum(each < usual / 2 for each in loudness)
        hisses += sum(each > 1.5 * often for each in crossings)
    return not frames or (pauses / frames >= _LEAST_PAUSES and hisses / frames >= _LEAST_HISSES)


def _seconds(sound: Sound) -> "Iterator[list[array.array[int]]]":
    """Give whole seconds, spread over the memo, in frames of a fiftieth."""
    samples = array.array("h", sound.samples)
    whole = len(samples) // RATE
    step = max(1, whole // _MOST_S)
    for begun in range(0, whole * RATE, step * RATE):
        yield [samples[at : at + _FRAME] for at in range(begun, begun + RATE, _FRAME)]
