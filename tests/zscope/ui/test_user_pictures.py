"""What the dialog of the user's pictures says in another language: remarks and reasons of the intake."""

import numpy as np
import pytest

from vae.data.backgrounds import LEVELS
from vae.data.intake import _notes
from vae.data.refusals import Reason
from zscope.languages import translate_told


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_of_a_refusal_is_translated(reason):
    assert translate_told("en", str(reason)) == str(reason)
    told = translate_told("zh-Hans", str(reason))
    assert told != str(reason) and any("\u4e00" <= sign <= "\u9fff" for sign in told)


@pytest.mark.parametrize("level", LEVELS)
def test_the_remark_on_transparent_pictures_names_the_background(level):
    (note,) = _notes(level, 3, np.arange(3))
    told = translate_told("zh-Hans", note)
    assert translate_told("zh-Hans", LEVELS[level]) in told and LEVELS[level] not in told
