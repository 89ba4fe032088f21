"""Django's own commands: python manage.py makemigrations, shell and the like."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    sys.path[:0] = ["src"]
    execute_from_command_line(sys.argv)
