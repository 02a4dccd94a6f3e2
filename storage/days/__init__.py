"""Keep what happened on each day counted: what was raised, settled, due, asked and answered, by place and by department.

The database itself keeps it. Triggers write down what each write to a ticket, a rating or the crosswalk takes from one
day and adds to another (``day_changes``), in the writer's own transaction and without waiting for anybody. Now and then
the changes are added up into ``day_counts`` (:func:`fold`). Counts and changes together are what counting the tickets
would give, at every moment: no day is ever stale, whoever writes whatever, to however long a past.

What is counted stands in ``PARTS`` once; triggers, first counts, what is counted from tickets and what is counted of columns
before they are tickets are all made from it. A ticket is counted where the crosswalk says, else where it lies. A day is one of
UTC+8; who asks for stretches that begin at other times gets the rest from the tickets (``storage/days/sums.py``).
"""

from storage.days.keeping import add_from, count_beside, fill, fold, is_due, make_anew, wrong_days
from storage.days.parts import begin_of, day_of
from storage.days.triggers import make_triggers, uncounted

__all__ = [
    "add_from",
    "begin_of",
    "count_beside",
    "day_of",
    "fill",
    "fold",
    "is_due",
    "make_anew",
    "make_triggers",
    "uncounted",
    "wrong_days",
]
