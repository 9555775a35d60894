-- What is handed out after a salon: links that whoever came, or waited in vain, reads.
ALTER TABLE salons ADD COLUMN materials jsonb NOT NULL DEFAULT '[]';
ALTER TABLE salons ADD COLUMN materials_at timestamptz;
