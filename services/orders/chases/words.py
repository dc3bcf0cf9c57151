"""Why nothing is asked, or no answer taken, in both languages."""

from datetime import date

from services.orders.planning import words
from shared.contracts.reasons import not_staff
from shared.contracts.text import Both

NO_CHASE = Both("there is no such chase", "没有此催办")
NO_LINK = Both("it is not complete, or has expired: ask for a new one", "链接不完整或已过期，请索取新链接")
EXPIRED = Both("its link has expired: withdraw it and ask anew", "链接已过期，请撤回后重新催问")
NOT_YOURS = Both("its link is for who is asked, and for those who follow the order", "链接仅供被催问人及跟进该订单的人员使用")
_ENDED = {"closed": "已关闭", "withdrawn": "已撤回"}


def ended(status: str) -> Both:
    return Both(f"the chase was {status}", f"催办{_ENDED[status]}")


def answered(login: str) -> Both:
    return Both(f"{login} has answered: ask anew what the answer leaves open", f"{login} 已回复；如仍有疑问，请另行催问")


def left(login: str) -> Both:
    why = not_staff(login)
    return Both(f"{why}: withdraw the chase and ask somebody else", f"{why.zh}，请撤回后催问他人")


def elsewhere(number: str, shipment: str | None) -> Both:
    """Its goods travel otherwise by now."""
    nothing = words.no_line(number, shipment)
    return Both(f"{nothing} any more: ask anew", f"{nothing.zh}，请重新催问")


def placed_later(number: str, day: date) -> Both:
    """Without the day on which it was: who answers by a link is told no more of the order."""
    return Both(
        f"order {number} was placed later: nothing of it had happened on {day}", f"订单 {number} 在此之后才下单，不可能在 {day} 完成"
    )


def reminded(login: str, times: int) -> Both:
    return Both(f"{login} was reminded {times} times: ask somebody else", f"已提醒 {login} {times} 次，请催问他人")


def asked_already(login: str, milestone: str, number: str) -> Both:
    return Both(f"{login} is asked about {milestone} of order {number} already", f"已就订单 {number} 的 {milestone} 催问 {login}")


def nobody_in(department: str) -> Both:
    return Both(f"nobody is active staff of the department {department}: name a login", f"部门 {department} 没有在职员工，请指定用户名")
