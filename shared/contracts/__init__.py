"""What the services say to each other: the events, and the codes of the trade.

One module for each publisher. Nothing here knows how an event is stored or sent.
"""
