"""What the demo tells, in Chinese; in English it stands where it is told. The language is the terminal's."""

from collections.abc import Mapping
from types import MappingProxyType

from deploy.local.delaying.words import of_locale

CHINESE: Mapping[str, str] = MappingProxyType(
    {
        # the tables
        "Ten years of deliveries, the last three replayed day by day": "十年交货记录，其中后三年逐日重演",
        "services say": "系统结果",
        "must be": "应为",
        "because": "依据",
        "How long a merchandiser and his customer wait after a delay is logged": "延误登记后跟单员与客户的等待时间",
        "median": "中位",
        "until the last mail is in the mailbox": "至最后一封邮件送达",
        "until the reports show it": "至报表可见",
        "{count} delays": "延误 {count} 次",
        "Measured from the moment of sending, one delay after another, while the replay sent {busy} commands a second in all,": (
            "自发送时起逐个计时，其间重演共每秒发出 {busy} 条指令，"
        ),
        "on {processors} processors with {load} processes at work on average.": "本机 {processors} 个处理器，平均 {load} 个进程在运行。",
        "\n[bold]Also checked[/bold]": "\n[bold]另经核对[/bold]",
        "[green]right[/green]  {said} [dim]({why})[/dim]": "[green]相符[/green]  {said} [dim]（{why}）[/dim]",
        "[bold red]WRONG[/bold red]  {said}, must be {expected} [dim]({why})[/dim]": (
            "[bold red]不符[/bold red]  {said}，应为 {expected} [dim]（{why}）[/dim]"
        ),
        "none": "无",
        "[bold green]All {total} figures are right[/bold green]; it took {seconds}.": (
            "[bold green]全部 {total} 项数字相符[/bold green]；用时：{seconds}。"
        ),
        "[bold red]{wrong} of {total} figures are wrong[/bold red]; it took {seconds}.": (
            "[bold red]{total} 项数字中有 {wrong} 项不符[/bold red]；用时：{seconds}。"
        ),
        "customers": "客户",
        "import": "导入",
        "replay": "重演",
        "reports": "报表",
        # what is counted, and why it must be so
        "counted in the file": "据原始文件统计",
        "import as it ended": "导入结果",
        "every row is good and new": "每行均有效且为新增",
        "lines open on 2013-01-01": "2013-01-01 未交行数",
        "mails caused by the import": "导入引起的邮件",
        "imported facts are told to nobody": "导入的既往事实不通知任何人",
        "order lines": "订单行",
        "orders": "订单",
        "shipments": "出运批次",
        "suppliers": "供应商",
        "lines open": "未交行数",
        "the file ends with everything delivered": "文件末尾全部已交货",
        "delays logged": "已登记延误",
        "shipments late after 2013-01-01 in the file": "文件中 2013-01-01 之后晚交的出运批次",
        "delays open": "未结束的延误",
        "a delay closes with the delivery": "交货后延误即结束",
        "delays unattributed": "原因未明的延误",
        "the file has no causes": "文件未载原因",
        "customers told": "已通知客户",
        "those with a late shipment": "有晚交出运批次的客户",
        "contacts told": "已通知联系人",
        "two contacts for each": "每客户两名联系人",
        "notices sent": "已发通知",
        "each late shipment, each contact": "每个晚交批次，每名联系人",
        "notices waiting": "待发通知",
        "notices failed": "发送失败的通知",
        "notices unreachable": "无法送达的通知",
        "everybody could be told": "人人均可通知到",
        "lines on time": "准时行数",
        "lines counted for it": "计入准时率的行数",
        "on-time rate": "准时交货率",
        "customers whose lines on time agree": "准时行数相符的客户",
        "mails in the mailbox": "邮箱中的邮件",
        "one for each notice sent": "每份通知一封",
        "mails to contacts of the demo": "发给演示联系人的邮件",
        "nobody else hears": "未发给他人",
        "contacts with mail": "收到邮件的联系人",
        "as reporting says": "与报表一致",
        "notices after the date they move": "晚于所变更日期的通知",
        "delays are logged before their date": "延误均在原定日期前登记",
        "delays by cause": "按原因统计的延误",
        "causes of the demo, else unknown": "演示所设原因，其余未明",
        "\n[bold]Causes[/bold]: the file has none. A few delays were given [bold]causes of the demo[/bold] later, the others stay"
        " unknown:": ("\n[bold]原因[/bold]：原始文件未载原因。少数延误事后登记了[bold]演示所设原因[/bold]，其余保持原因未明："),
        # one vessel, two customers
        "\n[bold]A made case[/bold], not in the figures: {vessel} with orders of two customers arrives late": (
            "\n[bold]虚构案例[/bold]，不计入以上数字：{vessel} 载有两家客户的订单，晚到港"
        ),
        "{customer}: mails of each contact": "{customer}：每名联系人的邮件",
        "{customer}: own orders in each": "{customer}：每封邮件中本客户的订单",
        "{customer}: words about the other": "{customer}：涉及另一客户的字句",
        "vessel case, {own} of 3 orders": "虚构案例，3 个订单中的 {own} 个",
        # one vessel, many owners
        "\n[bold]One vessel, {found} orders[/bold], made up: {vessel} is {days} days late": (
            "\n[bold]一船涉及 {found} 个订单[/bold]，虚构：{vessel} 延误 {days} 天"
        ),
        "  opened once for the firm: who opens it sees his {own} orders; of others: {others}": (
            "  全公司只登记一次：登记人可见本人的 {own} 个订单；他人订单：{others}"
        ),
        "In the order of customer grade and value": "按客户等级与金额排列",
        "order": "订单",
        "customer": "客户",
        "owner": "负责人",
        "before": "原预计",
        "after": "现预计",
        "promise": "承诺交期",
        "breaks": "不能履行",
        "kept": "可履行",
        "orders a late vessel touches": "船期延误涉及的订单",
        "of them shown to one owner": "其中一名负责人可见",
        "orders delayed in one run": "一次登记延误的订单",
        "the first of the list": "排在首位的客户",
        "the key customer": "重点客户",
        "mails before the owners release them": "负责人放行前的邮件",
        "mails after": "放行后的邮件",
        "one for each contact": "每名联系人一封",
        "{customers} customers, {shipments} shipments": "{customers} 家客户，{shipments} 个出运批次",
        # an export order
        "\n[bold]An export order in its calendars[/bold], made up: {order}, FOB, paid by letter of credit {credit}": (
            "\n[bold]按工作日历排期的出口订单[/bold]，虚构：{order}，FOB，以信用证 {credit} 付款"
        ),
        "  earliest promise {earliest}, promised {promised}": "  最早可承诺 {earliest}，承诺交期 {promised}",
        "  the mill is {days} days late: {used} days of slack used, {left} left; nobody is told": (
            "  面料厂晚 {days} 天：占用余量 {used} 天，尚余 {left} 天；无需通知任何人"
        ),
        "  a machine breaks down, asked about first: {moved} milestones move, slack {before} becomes {after}, line {lines} misses its"
        " promise": "  设备故障，先行预演：{moved} 个节点变动，余量由 {before} 天变为 {after} 天，第 {lines} 行晚于承诺交期",
        "    {kind} {term}: {deadline} would be {would_be}": "    {kind} {term}：期限 {deadline}，预计 {would_be}",
        ", amend by {day}": "，须于 {day} 前改证",
        "latest shipment under letter of credit": "信用证最迟装运期",
        "presentation under letter of credit": "信用证交单期",
        "expiry of letter of credit": "信用证有效期",
        "Where its {days} days of lateness came from": "其 {days} 天延误的来源",
        "by itself": "自身延误",
        "of the lateness": "计入延误",
        "cause": "原因",
        "made export order": "虚构出口订单",
        "days of slack that the late material uses up": "物料晚到占用的余量（天）",
        "mails about it": "因此发出的邮件",
        "what was asked is what was logged": "登记结果与预演一致",
        "lines that miss their promise": "晚于承诺交期的行",
        "deadlines of the credit broken": "将突破信用证期限",
        "subjects sent are those foreseen": "邮件主题与预览一致",
        "days late that are attributed": "已归因的延误天数",
        "where they come from": "延误来自",
        "of them by the material, late within its slack": "其中因物料晚到（在余量之内）",
        # from the material to inspected goods
        "\n[bold]From the material to inspected goods[/bold], made up: {order}, {pieces} jackets": (
            "\n[bold]从物料到验货合格[/bold]，虚构：{order}，夹克 {pieces} 件"
        ),
        "  the cloth comes {days} days later, on {eta}: needed by {need_by}": "  面料晚 {days} 天，{eta} 到货；需求日 {need_by}",
        "  {done} of {total} made, {rate} a day, {needed} needed: ends {finish}": (
            "  已完工 {done}/{total}，日产 {rate}，需日产 {needed}：预计 {finish} 完工"
        ),
        "    in danger: {milestone}, {reason}": "    有风险：{milestone}，{reason}",
        "  a second line is set up: all {pieces} are made": "  增开第二条生产线：{pieces} 件全部完工",
        "  {seams} open seams in the sample, {accepted} accepted: failed, the goods are held": (
            "  抽样发现开缝 {seams} 处，允收 {accepted} 处：不合格，货物扣留"
        ),
        "  inspected again and passed on {day}": "  {day} 复验合格",
        "What has happened": "已完成的节点",
        "planned": "计划",
        "happened": "实际",
        "made order": "虚构订单",
        "what another ETA does is what was asked": "更改到货日期的结果与预演一致",
        "milestones met by the last receipt": "末批到料达成的节点",
        "the report on an order nobody knows": "对不存在订单的报工",
        "lines that miss their promise at the rate so far": "按目前速度晚于承诺交期的行",
        "warned of before it is late": "延误之前已预警",
        "milestones met by the last piece": "末件完工达成的节点",
        "the final inspection fails: its milestone": "最终验货不合格时登记其节点",
        "409 until it is repeated": "复验之前返回 409",
        "a failure opens an exception": "验货不合格即开立异常",
        "the day it passes is the milestone's": "节点日期为验货合格之日",
        "advice and what the customer said to it": "建议与客户答复",
        # one delay's whole way
        "\n[bold]One delay's whole way[/bold], the main fields of each station; {name} {value}": (
            "\n[bold]一次延误的全程[/bold]，各环节的主要字段；{name} {value}"
        ),
        "{number} {method} {path} answers": "{number} {method} {path} 的应答",
        "{number} event {type}, sequence {sequence} of its shipment": "{number} 事件 {type}，该出运批次的第 {sequence} 个",
        "{number} mail ({language}) to {to}": "{number} 致 {to} 的邮件（{language}）",
        "{number} row of the report": "{number} 报表中的一行",
        "stations of a delay with another correlation id": "关联编号不符的环节",
        "{count} stations, one id": "{count} 个环节，同一编号",
        "languages of its mails": "其邮件的语言",
        "a contact for each": "每种语言一名联系人",
        "\n[bold]Look again[/bold], with the suite up on the demo's data:": "\n[bold]再次查看[/bold]，以演示数据启动系统后：",
        "./gendan up {data}    # and in another terminal:": "./gendan up {data}    # 并在另一终端：",
    }
)


def words(text: str, **values: object) -> str:
    """The text as the terminal's reader reads it, with what it names."""
    chosen = CHINESE.get(text, text) if of_locale() == "zh-CN" else text
    return chosen.format_map(values) if values else chosen
