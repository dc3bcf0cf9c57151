-- A promise that moves later may need approval. The rule ships switched off: a firm switches it on once its directory says who manages whom.
INSERT INTO approval_rule (kind, revision, document, actor, recorded_at) VALUES
('promise-later', 1, '{
  "active": false,
  "exempt": ["manager"],
  "levels": [
    {"when": [{"grade": "key"}, {"over": {"days": 7}}], "decider": {"by": "requesters_manager"}, "hours": 24}
  ]}', 'gendan', now());

-- The request that a promise in the ledger was granted by.
CREATE TABLE promise_approval (
    order_id uuid NOT NULL REFERENCES customer_order,
    line     text NOT NULL,
    revision integer NOT NULL CHECK (revision >= 1),
    approval uuid NOT NULL REFERENCES approval_request,
    PRIMARY KEY (order_id, line, revision)
);
SELECT append_only('promise_approval');

-- Path words beside the orders that came later: no order may have one of them as its number.
ALTER TABLE customer_order ADD CONSTRAINT customer_order_number_later CHECK (number NOT IN ('approvals', 'approval-rules'));
