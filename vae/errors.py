"""What can go wrong, as a tree.

    ZscopeError                 anything the person can mend; carries `message` and `mend`
    ├── BadRequestError         an argument or a message has the wrong shape, range or type
    ├── DataError               a data set or an image cannot be had or read
    ├── BundleError             a model bundle is damaged, foreign or beyond the limits
    ├── ImportRefusedError      somebody's model file is not taken in, with the reason
    ├── NotFoundError           nothing of that name exists here
    │   ├── ModelNotFoundError  no model of that id
    │   └── DataNotFoundError   no data set or split of that name; also a DataError
    └── TrainingError           a training run cannot start or go on

Any other exception that reaches a person is a bug and shows its trace.
"""

__all__ = [
    "BadRequestError",
    "BundleError",
    "DataError",
    "DataNotFoundError",
    "ImportRefusedError",
    "ModelNotFoundError",
    "NotFoundError",
    "TrainingError",
    "ZscopeError",
]


class ZscopeError(Exception):
    """An error with the way out.

    Args:
        message: what was given and what was expected, one sentence.
        mend: what the person can do about it, one sentence, or "".
    """

    def __init__(self, message: str, mend: str = ""):
        super().__init__(message, mend)
        self.message = message
        self.mend = mend

    def __str__(self) -> str:
        return f"{self.message} {self.mend}".strip()


class BadRequestError(ZscopeError):
    """An argument or a message has the wrong shape, range or type."""


class DataError(ZscopeError):
    """A data set or an image cannot be had or read."""


class BundleError(ZscopeError):
    """A model bundle is damaged, foreign or beyond the limits."""


class ImportRefusedError(ZscopeError):
    """Somebody's model file is not taken in, with the reason."""


class NotFoundError(ZscopeError):
    """Nothing of that name exists here."""


class ModelNotFoundError(NotFoundError):
    """No model of that id."""


class DataNotFoundError(NotFoundError, DataError):
    """No data set or split of that name."""


class TrainingError(ZscopeError):
    """A training run cannot start or go on."""
