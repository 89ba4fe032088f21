"""What we remember of a played market."""

from django.db import models


class PlayRun(models.Model):
    """The one play of a demo market: its seed, its clock, and its summary once it is over."""

    seed = models.IntegerField()
    clock_at = models.DateTimeField()
    finished = models.BooleanField(default=False)
    summary = models.JSONField(default=dict)
