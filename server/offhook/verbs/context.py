"""What ends a verb, or what it waits for, from outside."""


class CallOver(Exception):
    """The calling party is gone: nothing is left to do for it."""


class Redirected(Exception):
    """A program has requested another document for the call: the verb ends now."""


class Interrupted(Exception):
    """What was waited for was given up because of an event."""
