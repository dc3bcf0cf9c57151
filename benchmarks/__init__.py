"""What the suite does in a second, measured beside what others do with the same work on the same machine.

A bench is a module with one function:

    async def run(ground: Ground, effort: Effort) -> list[Row]

`ground` holds fresh servers that sync as in production; the bench starts the services it needs on it (`ground.services("orders")`).
`effort` says how many rounds, how much work (`effort.count(50_000)` is less in a quick run) and where the peers are, if anywhere
(`effort.peers`, None when they are not to be measured); what drives them is in `benchmarks.peers`. What is compared is measured in turns
by `method.side_by_side`, and each row is made by `method.compare` or, where nothing stands against it, `method.alone`; `processor.row` says
whose processor time a figure takes. A bench prints nothing. It is listed in `benchmarks.running`, and has its place in
docs/performance.md.
"""
