-- How often a publisher, this service or one it listens to, was put back to an earlier state; 1 where there is no row.
-- Every telling carries its publisher's epoch, and the inbox takes only those of the epoch it is set to.
CREATE TABLE epoch (
    publisher text PRIMARY KEY,
    number    integer NOT NULL CHECK (number > 1)
);
