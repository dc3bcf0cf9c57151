"""What is said where a calendar cannot be, in both languages."""

from datetime import timedelta

from shared.contracts.calendars import EVERY_DAY, CalendarFacts
from shared.contracts.text import Both

NEVER_CLOSED = Both(f"{EVERY_DAY} has no day off, and keeps none", f"{EVERY_DAY} 没有休息日，也不能设置")
CLOSURE = Both("a closure ends on its first day or later, and lasts a year at most", "停工期的结束日不得早于开始日，最长一年")
ANCHOR = Both("an anchor is given with alternating weeks, and only with them", "基准日须与大小周一并填写，且仅用于大小周")
OWNER = Both("a general calendar has no owner, any other has one", "通用日历不填归属，其他日历须填归属")


def no_calendar(code: str) -> Both:
    return Both(f"there is no calendar {code}", f"没有日历 {code}")


def exists(code: str) -> Both:
    return Both(f"there is a calendar {code}", f"日历 {code} 已存在")


def has_one(known: CalendarFacts) -> Both:
    return Both(f"{known.owner} has the calendar {known.code}: change that one", f"{known.owner} 已有日历 {known.code}，请更改该日历")


def too_many(code: str, most: int) -> Both:
    return Both(f"calendar {code} has {most} closures: take out old ones first", f"日历 {code} 已有 {most} 个停工期，请先删除旧的")


def too_long(longest: timedelta) -> Both:
    return Both(f"the last day is the first or comes after it: {longest.days} days at most", f"不得早于开始日，最多 {longest.days} 天")


def create_first(missing: Both) -> Both:
    return Both(f"{missing}: create it first", f"{missing.zh}，请先新建")


def nobodys(department: str) -> Both:
    return Both(
        f"nobody is staff of the department {department}, and no template has a milestone of it",
        f"{department} 部门没有员工，模板中也没有该部门的节点",
    )


def unknown_holidays(country: str) -> Both:
    return Both(
        f"the public holidays of {country} are not known: leave it out and give closures",
        f"没有 {country} 的法定节假日资料，请留空并填写停工期",
    )
