"""Reading JSON bodies: no longer than a form, and text that can be stored and sent back."""

import codecs
import json
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, JSONParser

from applicants.errors import ProblemError

UTF_8 = "utf-8"


class BoundedJSONParser(JSONParser):
    """Raises ProblemError 413 for a long body, ParseError for what cannot be worked with.

    That is text in another encoding than UTF-8 (RFC 8259; Python knows some that take minutes),
    nesting without end, and halves of surrogate pairs. ``max_bytes`` may allow longer bodies than
    a form may have.
    """

    max_bytes: int | None = None

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        announced = parser_context["request"].META.get("CONTENT_LENGTH") or "0"
        if int(announced) > (self.max_bytes or settings.DATA_UPLOAD_MAX_MEMORY_SIZE):
            raise ProblemError("too_large", _("This request is too long."), status=413)
        if codecs.lookup(parser_context.get("encoding") or UTF_8).name != UTF_8:
            raise ParseError(_("Send JSON in UTF-8."))
        try:
            content = super().parse(stream, media_type, parser_context)
            json.dumps(content, ensure_ascii=False).encode()
        except RecursionError as error:
            raise ParseError(_("This JSON is nested too deeply.")) from error
        except UnicodeEncodeError as error:
            raise ParseError(_("The text holds half a character.")) from error
        return content


class LongJSONParser(BaseParser):
    """Reads JSON that may be longer than a form: up to ``max_bytes``.

    No subclass of JSONParser: REST framework reads the body for those under the limit of forms.
    """

    media_type = "application/json"
    max_bytes = 16 * 1024**2

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        parser = BoundedJSONParser()
        parser.max_bytes = self.max_bytes
        return parser.parse(stream, media_type, parser_context)
