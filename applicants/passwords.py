"""What a new password ends beside the sign-ins, which Django ends itself."""

from django.utils.translation import gettext as _

from applicants.models import Officer
from applicants.services import tokens


class TokensEndWithPassword:
    """Refuses no password; Django tells every validator of one that was changed, by any way.

    Who sets a new password because the old one became known wants nothing old to open.
    """

    def validate(self, password: str, user: Officer | None = None) -> None:
        pass

    def password_changed(self, password: str, user: Officer | None = None) -> None:
        if user is not None:
            tokens.revoke_all(user)

    def get_help_text(self) -> str:
        return _("A new password ends all API tokens.")
