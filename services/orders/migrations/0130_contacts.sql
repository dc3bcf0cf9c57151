-- Whose contact somebody is: who asks for a day is one of the order's customer. Nothing else is known of him here.
CREATE TABLE known_contact (
    id          uuid PRIMARY KEY,
    customer_id uuid NOT NULL
);
-- Of customers that were there before, the contacts that are not known yet may be theirs.
ALTER TABLE known_customer ADD COLUMN contacts_known boolean NOT NULL DEFAULT true;
UPDATE known_customer SET contacts_known = false;
