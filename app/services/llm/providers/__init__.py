"""One provider, one file. Modules with a leading underscore are shared by several and are not providers."""
