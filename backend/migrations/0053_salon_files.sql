-- What is handed out after a salon, in its order: a link, or a file of ours.
CREATE TABLE salon_materials (
    salon_id uuid NOT NULL REFERENCES salons ON DELETE CASCADE,
    position smallint NOT NULL CHECK (position BETWEEN 1 AND 20),
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 60),
    url text CHECK (length(url) BETWEEN 1 AND 500),
    file_id uuid REFERENCES files ON DELETE RESTRICT,
    PRIMARY KEY (salon_id, position),
    CHECK ((url IS NULL) <> (file_id IS NULL))
);
CREATE INDEX salon_materials_file ON salon_materials (file_id) WHERE file_id IS NOT NULL;
INSERT INTO salon_materials (salon_id, position, title, url)
SELECT s.id, m.position, m.told ->> 'title', m.told ->> 'url'
FROM salons s, jsonb_array_elements(s.materials) WITH ORDINALITY AS m (told, position);
ALTER TABLE salons DROP COLUMN materials;

-- One poster may hang at several salons: a copy begins with that of the salon it was copied from.
CREATE INDEX salons_poster ON salons (poster_id) WHERE poster_id IS NOT NULL;
CREATE INDEX files_of_salons ON files (created_at)
    WHERE purpose IN ('salon_poster', 'salon_material', 'salon_recording') AND state = 'stored';
