-- What a correction was written from: it is written anew where a mail that it names does not leave. None was kept of those before.
ALTER TABLE message ADD COLUMN written_from jsonb CHECK (written_from IS NULL OR cardinality(corrected) > 0);
