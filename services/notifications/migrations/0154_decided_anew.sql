-- What a mail that waits behind another was decided from: it is decided anew where that one does not leave. Null of all others.
ALTER TABLE message ADD COLUMN decided_from jsonb;
DROP INDEX message_one_mail;
CREATE UNIQUE INDEX message_one_mail ON message (delay_id, delay_revision, because, contact_id)
    WHERE delay_id IS NOT NULL AND contact_id IS NOT NULL AND why IS DISTINCT FROM 'decided_anew';
