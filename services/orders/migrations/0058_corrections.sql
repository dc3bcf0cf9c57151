-- An actual date that was wrong: the entry stays, and a later one says that it does not hold.
ALTER TABLE promise_entry
    DROP CONSTRAINT promise_entry_kind_check,
    ADD CONSTRAINT promise_entry_kind_check CHECK (kind IN ('requested', 'promised', 'planned', 'estimated', 'actual', 'retracted'));
