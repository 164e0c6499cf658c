CREATE TABLE public.gateway_migration (
    name text NOT NULL,
    applied_at timestamp with time zone NOT NULL
);
CREATE TABLE public.gateway_tokens (
    id integer NOT NULL,
    name text NOT NULL,
    hash bytea NOT NULL,
    hint character varying(4) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone
);
CREATE SEQUENCE public.gateway_tokens_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.gateway_tokens_id_seq OWNED BY public.gateway_tokens.id;
CREATE TABLE public.llmsettings (
    id integer NOT NULL,
    provider text,
    lmstudio_model text,
    ollama_model text,
    openai_model text,
    anthropic_model text,
    google_gemini_model text,
    embedded_model text,
    openai_compatible_model text,
    temperature double precision,
    max_tokens integer,
    version integer NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT llmsettings_id_check CHECK ((id = 1))
);
ALTER TABLE ONLY public.gateway_tokens ALTER COLUMN id SET DEFAULT nextval('public.gateway_tokens_id_seq'::regclass);
INSERT INTO public.gateway_migration VALUES ('0001_settings_and_tokens', '2026-11-21 09:55:48.294007+00');
INSERT INTO public.gateway_tokens VALUES (1, 'laptop', '\xf83bbc50077c158d3fe820f0510cba7bc1ad1b5af5fc15944795eeb59e1cb7fe', 'abcd', '2026-11-21 09:55:48.300218+00', NULL);
INSERT INTO public.llmsettings VALUES (1, 'lm_studio', 'qwen/qwen3-4b', NULL, NULL, NULL, NULL, NULL, NULL, 0.5, NULL, 1, '2026-11-21 09:55:48.298052+00');
SELECT pg_catalog.setval('public.gateway_tokens_id_seq', 1, true);
ALTER TABLE ONLY public.gateway_migration
    ADD CONSTRAINT gateway_migration_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.gateway_tokens
    ADD CONSTRAINT gateway_tokens_hash_key UNIQUE (hash);
ALTER TABLE ONLY public.gateway_tokens
    ADD CONSTRAINT gateway_tokens_name_key UNIQUE (name);
ALTER TABLE ONLY public.gateway_tokens
    ADD CONSTRAINT gateway_tokens_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.llmsettings
    ADD CONSTRAINT llmsettings_pkey PRIMARY KEY (id);
