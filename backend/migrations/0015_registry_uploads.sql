-- Registry files that staff upload. They wait for a worker, which takes one at a time and holds it by `leased_until`;
-- one whose worker died goes on where it stopped. What an operator imports by command has no lease and never waits.
ALTER TABLE registry_imports
    DROP CONSTRAINT registry_imports_state_check,
    ADD CONSTRAINT registry_imports_state_check
        CHECK (state IN ('waiting', 'running', 'done', 'failed', 'cancelled')),
    ADD COLUMN bytes_read bigint NOT NULL DEFAULT 0 CHECK (bytes_read >= 0),
    ADD COLUMN ignored_columns text[] NOT NULL DEFAULT '{}',
    ADD COLUMN equals_id uuid REFERENCES registry_imports ON DELETE SET NULL,
    ADD COLUMN leased_until timestamptz,
    ADD COLUMN attempts smallint NOT NULL DEFAULT 0,
    ADD COLUMN problem text;
-- One import of a content at a time, also while it waits.
DROP INDEX registry_imports_file;
CREATE UNIQUE INDEX registry_imports_file ON registry_imports (sha256) WHERE state IN ('waiting', 'running');
CREATE INDEX registry_imports_open ON registry_imports (id) WHERE state IN ('waiting', 'running');

-- Which file an import was uploaded as. The row goes first, then the file that no row names.
CREATE TABLE registry_uploads (
    import_id uuid PRIMARY KEY REFERENCES registry_imports ON DELETE CASCADE,
    file_id uuid NOT NULL UNIQUE REFERENCES files ON DELETE RESTRICT,
    uploaded_at timestamptz NOT NULL
);
INSERT INTO retention (table_name, step, keep, reason, age_column, held_while) VALUES
    ('registry_uploads', 'row', '30 days', '登记数据导入后，上传的原文件只用于核对，随此记录删除', 'uploaded_at',
     'import_id IN (SELECT id FROM registry_imports WHERE state IN (''waiting'', ''running''))');
