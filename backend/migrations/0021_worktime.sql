-- What the bureau says about working time, over what a release brings along: days, whole years, office hours.

-- The name of the calendar that counts now, and the release it was made by. `prints` tells every year of that release's
-- library from another's; one row, which every change renames.
CREATE TABLE worktime_state (
    is_only boolean PRIMARY KEY DEFAULT TRUE CHECK (is_only),
    version uuid NOT NULL,
    changed_at timestamptz NOT NULL,
    prints jsonb NOT NULL,
    hours_version integer NOT NULL DEFAULT 0 CHECK (hours_version >= 0)
);

-- A year that staff changed; `settled_at` since its notice was entered completely, so that its other days are certain.
CREATE TABLE worktime_years (
    year smallint PRIMARY KEY CHECK (year BETWEEN 2004 AND 2099),
    version integer NOT NULL DEFAULT 0 CHECK (version >= 0),
    settled_at timestamptz,
    settled_by uuid,
    citation text,
    CHECK ((settled_at IS NULL) = (citation IS NULL)),
    CHECK (settled_by IS NULL OR settled_at IS NOT NULL)
);

-- A day that is worked or not whatever the library says: some 30 a year, kept for good.
CREATE TABLE workday_overrides (
    id uuid PRIMARY KEY,
    day date NOT NULL UNIQUE,
    is_workday boolean NOT NULL,
    note text NOT NULL,
    citation text,
    set_by uuid,
    set_at timestamptz NOT NULL
);

-- Office hours from a day on: seven lists of spans, Monday first, each ["08:30", "12:00"].
CREATE TABLE office_hours (
    id uuid PRIMARY KEY,
    valid_from date NOT NULL UNIQUE,
    week jsonb NOT NULL CHECK (jsonb_array_length(week) = 7),
    note text NOT NULL,
    set_by uuid,
    set_at timestamptz NOT NULL
);
