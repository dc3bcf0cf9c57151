-- Closed days move all legs of an order under one delay, each first at a milestone of its own: the others are late by it, too.
ALTER TABLE delay_leg
    ADD COLUMN milestone text,
    ADD COLUMN new_date date,
    -- Both where they are others than those of the leg that the delay holds.
    ADD CONSTRAINT delay_leg_own CHECK ((milestone IS NULL) = (new_date IS NULL));
