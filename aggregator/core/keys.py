"""The keys of many texts at once, mixed and ready for an index; must not propose anything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aggregator.core import entries, fingerprint

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from aggregator.core.bloom import Bloom
    from aggregator.core.entries import Rows, Words

    Split = tuple[list[Words], list[Words]]  # of bands and of samples, for each shelf
    Which = tuple[NDArray[np.bool_], NDArray[np.bool_]]  # of all band keys, and of all samples

_SAMPLE_SALT = 0x5BF03635F0C8A2D1
_BAND_SALT = 0x9E3779B97F4A7C15  # times the band's number, from 1 on


class Keys:
    """Band keys and samples of texts; a text is known by its place among them."""

    def __init__(self, signatures: Sequence[bytes], samples: Sequence[bytes]) -> None:
        """Signatures and samples as they are stored: little-endian, of 32 and of 64 bits."""
        import numpy as np

        self.count = len(signatures)
        values = np.frombuffer(b"".join(signatures), dtype="<u4")
        values = values.reshape(self.count, fingerprint.PERMUTATIONS)
        rows = values[:, : fingerprint.BANDS * fingerprint.ROWS].astype(np.uint64)
        self._bands = (rows[:, 0::2] << np.uint64(32)) | rows[:, 1::2]
        self._samples = np.frombuffer(b"".join(samples), dtype="<u8")
        salts = np.arange(1, fingerprint.BANDS + 1, dtype=np.uint64) * np.uint64(_BAND_SALT)
        self.bands = entries.mix(self._bands, salts).reshape(-1)
        self.samples = entries.mix(self._samples, _SAMPLE_SALT)
        self.lengths = np.fromiter(map(len, samples), np.int64, self.count) // 8

    def put_into(self, bloom: Bloom) -> None:
        """Leave the mark of all of them in a filter."""
        bloom.put(self.bands)
        bloom.put(self.samples)

    def may_be_in(self, bloom: Bloom) -> Which:
        """Which of them a filter may hold."""
        return bloom.may_hold(self.bands), bloom.may_hold(self.samples)

    def split(self, rows: Rows, which: Which | None = None) -> Split:
        """The sorted words of all, or of some, for each shelf, when the texts have these rows."""
        import numpy as np

        owners = np.repeat(rows, fingerprint.BANDS), np.repeat(rows, self.lengths)
        keys = self.bands, self.samples
        if which is not None:
            owners = owners[0][which[0]], owners[1][which[1]]
            keys = keys[0][which[0]], keys[1][which[1]]
        return entries.split(keys[0], owners[0]), entries.split(keys[1], owners[1])

    def stored_bands(self, which: Which) -> list[tuple[int, tuple[int, int]]]:
        """Some of the band keys as the tables have them: the text's place, and (band, key)."""
        import numpy as np

        places = which[0].nonzero()[0]
        owners, bands = np.divmod(places, fingerprint.BANDS)
        values = self._bands.reshape(-1)[places].view(np.int64)
        pairs = zip(bands.tolist(), values.tolist(), strict=True)
        return list(zip(owners.tolist(), pairs, strict=True))

    def stored_samples(self, which: Which) -> list[tuple[int, tuple[None, int]]]:
        """Some of the samples as the tables have them: the text's place, and (None, key)."""
        import numpy as np

        places = which[1].nonzero()[0]
        owners = np.repeat(np.arange(self.count), self.lengths)[places]
        values = self._samples[places].view(np.int64).tolist()
        return [(at, (None, key)) for at, key in zip(owners.tolist(), values, strict=True)]
