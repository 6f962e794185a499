"""Stretches and labels as they are told, on the wire's own types."""

from __future__ import annotations

from standout.domain.labels import Label
from standout.domain.stretches import Stretch
from standout.domain.times import to_iso
from standout.schemas.windows import KeptLabel, StretchTold
from standout.service.streams import finite, votes_by_name


def stretch_told(one: Stretch, names: tuple[str, ...]) -> StretchTold:
    """Return a stretch with the names of its voters."""
    return StretchTold(
        seq=one.seq,
        last_seq=one.last_seq,
        from_=to_iso(one.from_us),
        to=to_iso(one.to_us),
        from_us=one.from_us,
        to_us=one.to_us,
        count=one.count,
        peak=to_iso(one.peak_us),
        peak_us=one.peak_us,
        score=one.score,
        value=one.value,
        expected=finite(one.expected),
        lower=finite(one.lower),
        upper=finite(one.upper),
        min=one.min,
        max=one.max,
        first=one.first,
        last=one.last,
        votes={name: one.votes[i] / one.count for i, name in enumerate(names)},
        votes_at_peak=votes_by_name(one.peak_votes, names),
        ongoing=one.ongoing,
        label=None if one.label is None else label_told(one.label),
    )


def label_told(label: Label) -> KeptLabel:
    """Return a label as it is told."""
    return KeptLabel(
        id=label.id,
        from_=to_iso(label.from_us),
        to=to_iso(label.to_us),
        label=label.word,  # type: ignore[arg-type] # checked when it was kept
        note=label.note,
        who=label.who,
        created=to_iso(label.created_us),
    )
