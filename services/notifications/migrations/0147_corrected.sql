-- A correction takes back every mail that told its reader: it waits for each, and is needed as long as one of them was read or may be.
-- `corrects` is the last.
ALTER TABLE message ADD COLUMN corrected uuid[] NOT NULL DEFAULT '{}';
UPDATE message SET corrected = ARRAY[corrects] WHERE corrects IS NOT NULL;
ALTER TABLE message ADD CONSTRAINT message_corrects_last CHECK (corrects IS NULL OR corrects = ANY(corrected));
CREATE INDEX message_corrected ON message USING gin (corrected) WHERE because = 'delay_retracted';
DROP INDEX message_corrects;
