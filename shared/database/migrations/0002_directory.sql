-- What a service knows of customers and staff, from customers' events. customers itself leaves both tables empty.
CREATE TABLE known_customer (
    id        uuid PRIMARY KEY,
    code      text NOT NULL UNIQUE,
    name      text NOT NULL,
    country   text NOT NULL,
    language  text NOT NULL,
    time_zone text NOT NULL,
    grade     text NOT NULL,
    owner     text NOT NULL
);
CREATE INDEX known_customer_owner ON known_customer (owner);

CREATE TABLE known_staff (
    login      text PRIMARY KEY,
    id         uuid NOT NULL UNIQUE,
    department text NOT NULL,
    team       text,
    manager    text,
    deputies   jsonb NOT NULL,
    language   text NOT NULL,
    time_zone  text NOT NULL,
    roles      text[] NOT NULL,
    active     boolean NOT NULL,
    -- Sealed StaffPersonal; the aggregate it is bound to is `id`.
    personal   text NOT NULL
);
CREATE INDEX known_staff_deputies ON known_staff USING gin (deputies jsonb_path_ops);
