"""Work calendars: which days are worked, and how far apart days are in working days. Pure; days go in and out as ordinals or dates."""

from shared.calendars.making import work_calendar
from shared.calendars.workdays import NO_DAY_OFF, Skipped, WorkCalendar

__all__ = ["NO_DAY_OFF", "Skipped", "WorkCalendar", "work_calendar"]
