-- 0001_users.postgres.sql
CREATE EXTENSION IF NOT EXISTS "pgcrypto";

CREATE TABLE public.users (
    id bigint NOT NULL,
    email character varying DEFAULT ''::character varying NOT NULL,
    encrypted_password character varying(128) NOT NULL,
    reset_password_token character varying,
    sign_in_count integer DEFAULT 0 NOT NULL,
    current_sign_in_ip inet,
    locked_at timestamp(6) without time zone,
    created_at timestamp with time zone NOT NULL
);

CREATE SEQUENCE public.users_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.users_id_seq OWNED BY public.users.id;
ALTER TABLE ONLY public.users ALTER COLUMN id SET DEFAULT nextval('public.users_id_seq'::regclass);
ALTER TABLE ONLY public.users ADD CONSTRAINT users_pkey PRIMARY KEY (id);
CREATE UNIQUE INDEX index_users_on_email ON public.users USING btree (email);
CREATE UNIQUE INDEX index_users_on_reset_password_token ON public.users USING btree (reset_password_token);

-- 0002_posts.postgres.sql
CREATE TABLE "posts" ("id" bigserial primary key, "user_id" bigint NOT NULL, "title" character varying NOT NULL, "meta" jsonb DEFAULT '{}' NOT NULL, "created_at" timestamptz NOT NULL, CONSTRAINT "fk_rails_5b5ddfd518"
FOREIGN KEY ("user_id")
  REFERENCES "users" ("id")
);
CREATE INDEX "index_posts_on_user_id" ON "posts" ("user_id");
CREATE INDEX "index_posts_on_meta" ON "posts" USING gin ("meta" jsonb_path_ops);
CREATE INDEX "index_posts_on_lower_title" ON "posts" (lower(title));

-- 0003_slug.postgres.sql
ALTER TABLE "posts" ADD "slug" character varying;
ALTER TABLE "posts" ADD "published" boolean DEFAULT FALSE NOT NULL;
UPDATE posts SET slug = 'post-' || id WHERE slug IS NULL;

-- 0004_slug_index.postgres.sql
-- bedplate: no-transaction
CREATE UNIQUE INDEX CONCURRENTLY "index_posts_on_slug" ON "posts" ("slug");
