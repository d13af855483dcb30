"""The errors that a user can resolve, as a tree.

    ZscopeError                 base class; carries `message` and `hint`
    ├── BadRequestError         an argument or a message has the wrong shape, range or type
    ├── DataError               a data set or an image is missing or unreadable
    ├── BundleError             a model bundle is damaged, of another format, or exceeds a limit
    ├── ImportRefusedError      an external model file was refused; the message gives the reason
    ├── NotFoundError           no object has that name
    │   ├── ModelNotFoundError  no model has that id
    │   └── DataNotFoundError   no data set or split has that name; also a DataError
    ├── ModelStoppedError       the process of an imported model ended, or the model is disabled
    └── TrainingError           a training run cannot start or continue

Any other exception that reaches a user is a bug and shows its trace.
"""

from vae.message import as_message

__all__ = [
    "BadRequestError",
    "BundleError",
    "DataError",
    "DataNotFoundError",
    "ImportRefusedError",
    "ModelNotFoundError",
    "ModelStoppedError",
    "NotFoundError",
    "TrainingError",
    "ZscopeError",
]


class ZscopeError(Exception):
    """An error with a hint for the user.

    Args:
        message: what happened, what was given and what was expected; one sentence. A text with values is made by
            `vae.message.message`, so that pages can translate it.
        hint: what the user can do; one sentence, or "".
    """

    def __init__(self, message: str, hint: str = ""):
        super().__init__(message, hint)
        self.message = as_message(message)
        self.hint = as_message(hint)

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class BadRequestError(ZscopeError):
    """An argument or a message has the wrong shape, range or type."""


class DataError(ZscopeError):
    """A data set or an image is missing or unreadable."""


class BundleError(ZscopeError):
    """A model bundle is damaged, of another format, or exceeds a limit."""


class ImportRefusedError(ZscopeError):
    """An external model file was refused; the message gives the reason."""


class NotFoundError(ZscopeError):
    """No object has that name."""


class ModelNotFoundError(NotFoundError):
    """No model has that id."""


class DataNotFoundError(NotFoundError, DataError):
    """No data set or split has that name."""


class ModelStoppedError(ZscopeError):
    """The process that computes an imported model ended, or the model is disabled."""


class TrainingError(ZscopeError):
    """A training run cannot start or continue."""
