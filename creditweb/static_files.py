"""How static files are served: compressed, under hashed names, with their imports following."""

from whitenoise.storage import CompressedManifestStaticFilesStorage

# import … from "./other.js"; or "../other.js"; as the product's own modules write it.
MODULE_IMPORT = (
    r"""(?P<matched>(?P<kept>(?:import|export)\s[^;"']*?\sfrom)\s*"(?P<url>\.\.?/[^"]+)";)""",
    '%(kept)s "%(url)s";',
)


class HashedStaticFiles(CompressedManifestStaticFilesStorage):
    """Rewrites the imports between the product's own ES modules: only hashed names are kept.

    Django's own switch for this reads every vendored file as well and trips over text in comments.
    """

    patterns = (*CompressedManifestStaticFilesStorage.patterns, ("js/*.js", (MODULE_IMPORT,)))
