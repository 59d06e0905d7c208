#!/usr/bin/env python
"""Django's command line; starts the private services first where none are given."""

import os
import sys

from django.core.management import execute_from_command_line

from creditweb.local import provide_environment


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creditweb.settings")
    provide_environment()
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
