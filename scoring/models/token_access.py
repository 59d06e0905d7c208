"""Who may have the tokens of a lender scored: a branch or an account, named for a tenant."""

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from applicants.models import Branch
from scoring.privacy.key_files import TENANT


class TokenAccess(models.Model):
    """A tenant, and either a branch or one account that may use its network and vocabulary.

    A tenant without a row is used by nobody. The tenant of the release is open to everybody who
    may score, and needs none.
    """

    tenant = models.CharField(
        _("tenant"),
        max_length=39,
        validators=[
            RegexValidator(
                rf"^{TENANT.pattern}\Z",
                _("A tenant is named in small letters, digits and hyphens, at most 39."),
            )
        ],
        help_text=_("As the lender named it with its key; the network may come later."),
    )
    branch = models.ForeignKey(
        Branch, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("branch")
    )
    officer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True,
        related_name="+", verbose_name=_("account"),
        help_text=_("Either a branch or an account; without a row nobody may use a tenant."),
    )  # fmt: skip
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, editable=False,
        related_name="+",
    )  # fmt: skip
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["tenant", "branch__code", "officer__username"]
        verbose_name = "use of a tenant's tokens"
        verbose_name_plural = "uses of tenants' tokens"
        constraints = [
            models.CheckConstraint(
                name="token_access_of_a_branch_or_an_account",
                condition=models.Q(branch__isnull=False, officer__isnull=True)
                | models.Q(branch__isnull=True, officer__isnull=False),
                violation_error_message=_("Name either a branch or an account."),
            ),
            models.UniqueConstraint(
                fields=["tenant", "branch"], name="one_token_access_of_a_branch",
                violation_error_message=_("This branch may use the tenant already."),
            ),
            models.UniqueConstraint(
                fields=["tenant", "officer"], name="one_token_access_of_an_account",
                violation_error_message=_("This account may use the tenant already."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.tenant}: {self.user_name}"

    @property
    def user_name(self) -> str:
        """Return the code of the branch, or the name of the account."""
        if self.branch is not None:
            return self.branch.code
        return self.officer.username if self.officer is not None else ""
