-- One word on a disruption lets a customer hear of all his orders in it, also where they are under several delays: one mail tells of
-- all. It is kept once for each delay, so that each has its outcome and is corrected by itself; those after the first are sent with it.
ALTER TABLE message ADD COLUMN sent_with uuid REFERENCES message CHECK (sent_with <> id);
CREATE INDEX message_sent_with ON message (sent_with) WHERE sent_with IS NOT NULL;
