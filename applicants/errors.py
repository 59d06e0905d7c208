"""The one error of the product that a person sees: a code for machines, a sentence for people."""


class ProblemError(Exception):
    """A request that cannot be done, told in the user's words.

    ``code`` is stable; ``fields`` maps a field's name to its own sentence; ``status`` is the HTTP
    status that fits.
    """

    status = 400

    def __init__(
        self,
        code: str,
        message: str,
        *,
        fields: dict[str, str] | None = None,
        status: int | None = None,
    ):
        super().__init__(message)
        self.code = code
        self.message = str(message)
        self.fields = fields or {}
        if status is not None:
            self.status = status


class TooManyError(ProblemError):
    """Asked too often, or too much at once; ``retry_after_s`` says when to come back."""

    status = 429
    retry_after_s = 600


class RefusedError(ProblemError):
    """The person may not do this."""

    status = 403
