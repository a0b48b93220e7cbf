"""Kinds that come later: made when the first of any is asked for, once, whoever asks."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.engine.scripted import Pure, Script, Send

from docchain.engine.kinds import Kinds, StepKind


class Shop:
    """Makes one kind, and counts how often it was asked to."""

    def __init__(self) -> None:
        self.asked = 0

    def make(self) -> list[StepKind]:
        self.asked += 1
        return [Send(Script())]


def test_kinds_that_come_later_are_made_at_the_first_look():
    shop, kinds = Shop(), Kinds([Pure(Script())])
    kinds.later(shop.make)
    assert shop.asked == 0
    assert [kind.name for kind in kinds] == sorted([Pure.name, Send.name])
    assert kinds.get(Send.name) is kinds[Send.name]
    assert shop.asked == 1


def test_they_are_made_once_however_many_threads_look():
    shop, kinds = Shop(), Kinds()
    kinds.later(shop.make)
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(kinds.get, [Send.name] * 64))
    assert shop.asked == 1
    assert {type(kind) for kind in found} == {Send}


def test_a_kind_that_comes_later_cannot_take_the_name_of_another():
    kinds = Kinds([Send(Script())])
    kinds.later(Shop().make)
    with pytest.raises(ValueError, match=f"Step kind {Send.name} is registered twice"):
        kinds.get("any")


def test_the_same_kind_is_blamed_however_often_one_looks():
    class Mine(Send):
        pass

    kinds = Kinds([Mine(Script())])
    kinds.later(lambda: [Pure(Script()), Send(Script())])
    for _ in range(3):
        with pytest.raises(ValueError, match=rf"{Send.name} is registered twice: by \S+Mine and by tests\S+\.Send\."):
            kinds.get("any")
