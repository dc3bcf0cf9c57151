-- Advice: what a customer was advised to have otherwise in his order, and what he said to it.
CREATE TABLE advice (
    id            uuid PRIMARY KEY,
    order_id      uuid NOT NULL REFERENCES customer_order,
    topic         text NOT NULL,
    suggestion_en text,
    suggestion_zh text,
    given_by      text NOT NULL,
    given_on      date NOT NULL,
    way           text NOT NULL CHECK (way IN ('mail', 'phone', 'chat', 'meeting')),
    answer        text CHECK (answer IN ('accepted', 'declined')),
    answer_text   text,
    answered_on   date CHECK (answered_on >= given_on),
    recorded_by   text,
    withdrawn     text,
    CHECK (num_nonnulls(suggestion_en, suggestion_zh) > 0),
    -- An answer was given on a day, and somebody recorded it.
    CHECK (num_nonnulls(answer, answered_on, recorded_by) IN (0, 3)),
    CHECK (answer IS NOT NULL OR answer_text IS NULL),
    -- What was answered is not taken back.
    CHECK (answer IS NULL OR withdrawn IS NULL)
);
CREATE INDEX advice_order ON advice (order_id, id);
CREATE INDEX advice_waiting ON advice (given_on, id) WHERE answer IS NULL AND withdrawn IS NULL;

-- A path word beside the orders: no order may have it as its number.
ALTER TABLE customer_order ADD CONSTRAINT customer_order_number_advice CHECK (number <> 'advice');
