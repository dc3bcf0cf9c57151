-- Documents that orders need, with their due days and how far each has come.
CREATE TABLE document (
    id                  uuid PRIMARY KEY,
    order_id            uuid NOT NULL REFERENCES customer_order,
    shipment            text REFERENCES shipment (number),
    code                text NOT NULL,
    department          text NOT NULL,
    due_on              date,
    due_after_milestone text,
    due_after_days      integer CHECK (due_after_days BETWEEN -3650 AND 3650),
    -- As it was counted when it was last looked at.
    due                 date NOT NULL,
    overdue             boolean NOT NULL,
    state               text NOT NULL CHECK (state IN ('missing', 'issued', 'sent', 'accepted', 'discrepant', 'waived')),
    number              text,
    stepped_on          date,
    stepped_by          text,
    note                text,
    version             bigint NOT NULL CHECK (version >= 1),
    UNIQUE NULLS NOT DISTINCT (order_id, shipment, code),
    CHECK ((due_on IS NULL) <> (due_after_milestone IS NULL)),
    CHECK ((due_after_milestone IS NULL) = (due_after_days IS NULL)),
    -- Whoever took it further said when.
    CHECK ((state = 'missing') = (num_nonnulls(stepped_on, stepped_by) = 0)),
    CHECK (state = 'missing' OR num_nulls(stepped_on, stepped_by) = 0),
    CHECK (state NOT IN ('discrepant', 'waived') OR note IS NOT NULL)
);
CREATE INDEX document_lacking ON document (due, id) WHERE state IN ('missing', 'discrepant');

-- Customs entries of an order or of a shipment with all its orders.
CREATE TABLE customs_entry (
    id           uuid PRIMARY KEY,
    order_id     uuid REFERENCES customer_order,
    shipment_id  uuid REFERENCES shipment,
    -- The shipment's number, or that of the order's leg.
    shipment     text REFERENCES shipment (number),
    number       text NOT NULL UNIQUE,
    regime_code  text NOT NULL,
    state        text NOT NULL CHECK (state IN ('declared', 'inspected', 'held', 'released')),
    declared_on  date NOT NULL,
    inspected_on date CHECK (inspected_on >= declared_on),
    held_on      date CHECK (held_on >= declared_on),
    released_on  date CHECK (released_on >= declared_on),
    note         text,
    exception_id uuid REFERENCES order_exception,
    declared_by  text NOT NULL,
    version      bigint NOT NULL CHECK (version >= 1),
    CHECK (num_nonnulls(order_id, shipment_id) = 1),
    CHECK (shipment_id IS NULL OR shipment IS NOT NULL),
    CHECK ((state = 'released') = (released_on IS NOT NULL)),
    -- What is or was held has its exception.
    CHECK ((held_on IS NULL) = (exception_id IS NULL))
);
CREATE INDEX customs_entry_order ON customs_entry (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX customs_entry_shipment ON customs_entry (shipment_id) WHERE shipment_id IS NOT NULL;

CREATE TABLE customs_document (
    entry_id    uuid NOT NULL REFERENCES customs_entry,
    document_id uuid NOT NULL REFERENCES document,
    PRIMARY KEY (entry_id, document_id)
);

-- Path words beside the orders: no order may have one of them as its number.
ALTER TABLE customer_order ADD CONSTRAINT customer_order_number_documents CHECK (number NOT IN ('documents', 'customs'));
